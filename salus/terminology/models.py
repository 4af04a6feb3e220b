"""Code systems and the curated formulary. Loaded by `salus load-reference`, replaceable by the hospital."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from salus.core.fields import WrittenDecimalField
from salus.core.models import Record


class Concept(models.Model):
    """One code of a code system, findable by its words, its synonyms and its code."""

    pk = models.CompositePrimaryKey("system", "code")
    system = models.TextField()
    code = models.TextField(db_collation="C")
    display = models.TextField()
    synonyms = ArrayField(models.TextField(), default=list)
    is_leaf = models.BooleanField(default=True)
    parent_code = models.TextField(blank=True, default="")
    chapter = models.TextField(blank=True, default="")
    #: the order among hits: 0 common, then what can be recorded, then what is rare or too coarse
    rank = models.SmallIntegerField(default=0)
    #: of ICD-11: the nearest category of ICD-10, where the hospital has brought WHO's table
    maps_to = models.TextField(blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    words = SearchVectorField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="terminology_concept_words"),
            models.Index(fields=["code"], condition=models.Q(rank=0), name="terminology_concept_common"),
        ]


class Medicine(Record):
    """What is ordered: a generic medicine. What it says beyond its identity carries a source."""

    code = models.TextField(unique=True)
    name = models.TextField()
    tallman = models.TextField(blank=True, default="")
    synonyms = ArrayField(models.TextField(), default=list)
    ingredients = ArrayField(models.TextField())
    drug_class = models.TextField(blank=True, default="")
    allergy_groups = ArrayField(models.TextField(), default=list)
    forms = ArrayField(models.TextField(), default=list)
    routes = ArrayField(models.TextField(), default=list)
    atc = models.TextField(blank=True, default="")
    rxnorm = ArrayField(models.TextField(), default=list)
    is_high_alert = models.BooleanField(default=False)
    #: by law: whoever prescribes it proves first who is at the screen
    is_controlled = models.BooleanField(default=False)
    sources = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    words = SearchVectorField(null=True)

    class Meta:
        indexes = [GinIndex(fields=["words"], name="terminology_medicine_words")]


class Presentation(Record):
    """A form and strength of a medicine (`paracetamol 500 mg tablet`): what a dose is counted in."""

    code = models.TextField(unique=True)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="presentations")
    name = models.TextField()
    form = models.TextField()
    strength = models.TextField()
    routes = ArrayField(models.TextField(), default=list)
    unit = models.TextField()
    pack_size = WrittenDecimalField(null=True)
    rxnorm = ArrayField(models.TextField(), default=list)
    is_active = models.BooleanField(default=True)


class Allergen(Record):
    """A substance, class, food or exposure that the allergy picker offers, and what it stops."""

    code = models.TextField(unique=True)
    name = models.TextField()
    category = models.TextField()
    ingredients = ArrayField(models.TextField(), default=list)
    allergy_groups = ArrayField(models.TextField(), default=list)
    codings = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    words = SearchVectorField(null=True)
