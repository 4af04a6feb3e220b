"""The seal of the logs: batches of hashes, and the heads that were signed over them. Both only grow."""

from django.db import models

from salus.core.models import AppendOnly


class Batch(AppendOnly):
    """The hashes of rows that were sealed together, in the order of (xid, id) (`rules.Batch` says what each part is)."""

    number = models.BigIntegerField(unique=True)
    source = models.TextField()
    form = models.SmallIntegerField()
    after_xid = models.BigIntegerField()
    after_id = models.BigIntegerField()
    upto_xid = models.BigIntegerField()
    upto_id = models.BigIntegerField()
    size = models.IntegerField()
    #: eight bytes for each row: its id, big-endian
    ids = models.BinaryField()
    #: 32 bytes for each row
    leaves = models.BinaryField()
    root = models.BinaryField()
    #: the hash under which the tree of batches knows it
    leaf = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["source", "upto_xid", "upto_id"], name="audit_batch_upto")]


class Head(AppendOnly):
    """The signed root of the tree of batches at one moment (`rules.Head`)."""

    number = models.BigIntegerField(unique=True)
    batches = models.BigIntegerField()
    entries = models.BigIntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    at = models.TextField()
    signature = models.BinaryField()
    #: the roots of full subtrees, so that the next head needs no older batch; `verify` believes none of it
    edge = models.BinaryField()
