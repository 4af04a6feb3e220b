"""The keys of one hospital: made with its database, known to it by fingerprint, rotated while it works, forgotten last.

The database knows which keys its sealed values were made with, though never a key: that a keyring is gone, or another
one's, is noticed before anything is sealed with it.
"""

import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db.models.functions import Now

from salus.core import crypto, indexes, keyring, resealing
from salus.core.keyring import Keyring, KeyringMissing
from salus.core.models import SealingKey

#: rounds without an end would hide that something seals with an old key all the time
_ROUNDS = 20
Tell = Callable[[str], None]


class KeyTrouble(Exception):
    """The keys are not as they must be; the message says what to do and holds no key."""


def prepare() -> None:
    """Make the keyring of a new database, and note which keys it has.

    :raises KeyTrouble: if this database's keys are gone or others
    """
    if not SealingKey.objects.exists():
        keyring.make(_path())
    trouble = lost()
    if trouble:
        raise KeyTrouble(trouble)
    _note(crypto.keyring(anew=True))


def lost() -> str:
    """What is wrong with the keyring for this database; empty if nothing is."""
    try:
        ring = crypto.keyring(anew=True)
        if not _path().exists():
            raise KeyringMissing
    except KeyringMissing:
        return f"the keyring is gone: bring back the copy of {_path()}; without it nothing that is sealed can be read"
    known = dict(SealingKey.objects.filter(forgotten_at=None).values_list("number", "fingerprint"))
    here = ring.fingerprints()
    missing = sorted(number for number in known if number not in here)
    others = sorted(number for number, mark in known.items() if number in here and bytes(mark) != here[number])
    said = [f"{_called(n)} is gone" for n in missing] + [f"{_called(n)} is not this database's" for n in others]
    return f"{', '.join(said)}: bring back the copy of {_path()}" if said else ""


def rotate(*, batch: int = 500, pause: float = 0.0, tell: Tell) -> None:
    """Have a new key seal and another make blind indexes, make everything anew, and retire the old keys.

    It goes on where an earlier one was stopped. Every process looks for values with both index keys before the first index is
    written with the new one, and until none of the old is left: nothing that is searched for is missed.

    :raises KeyTrouble: if keys are lost, or values are there that do not open: then nothing is retired
    """
    trouble = lost()
    if trouble:
        raise KeyTrouble(trouble)
    ring = crypto.keyring(anew=True)
    if len(ring.data) == 1:
        tell(f"key {keyring.add_key(_path())} seals from now on")
        ring = crypto.keyring(anew=True)
    if not ring.is_moving:
        tell(f"index key {keyring.add_index_key(_path())} looks for values from now on")
        ring = crypto.keyring(anew=True)
    _note(ring)
    _wait_until_everyone_seals_with_it()
    if ring.index_writes != max(ring.index):
        keyring.write_with_index_key(_path(), max(ring.index))
        ring = crypto.keyring(anew=True)
        _wait_until_everyone_seals_with_it()
    _seal_everything_anew(ring, batch, pause, tell)
    for number in sorted(ring.data.keys() - {ring.current}):
        keyring.retire_key(_path(), number)
        SealingKey.objects.filter(number=number).update(retired_at=Now())
        tell(f"key {number} is retired: it opens what older backups hold, until you forget it")
    for number in sorted(ring.index.keys() - {ring.index_writes}):
        keyring.retire_index_key(_path(), number)
        SealingKey.objects.filter(number=1 - number).update(retired_at=Now())
        tell(f"index key {number} is retired")
    crypto.keyring(anew=True)


def forget(number: int) -> None:
    """Delete a retired key for good.

    :raises KeyTrouble: if it is not retired, if anything is still sealed with it, or if the other keys are not in order
    """
    if number not in crypto.keyring(anew=True).retired:
        raise KeyTrouble(f"key {number} is not retired (salus keys rotate)")
    trouble = lost()
    if trouble:
        raise KeyTrouble(f"{trouble}; no key is forgotten before")
    _wait_until_everyone_seals_with_it()
    left = resealing.counts().get(number, 0)
    if left:
        raise KeyTrouble(f"{left} values and files are sealed with key {number} (salus keys rotate)")
    SealingKey.objects.filter(number=number).update(forgotten_at=Now())
    keyring.forget_key(_path(), number)
    crypto.keyring(anew=True)


def forget_index(number: int) -> None:
    """Delete a retired index key for good: what only it finds (an invitation not used yet) is not found any more.

    :raises KeyTrouble: if it is not retired, if the other keys are not in order, or if an index of an older key is left
    """
    if number not in crypto.keyring(anew=True).index_retired:
        raise KeyTrouble(f"index key {number} is not retired (salus keys rotate)")
    trouble = lost()
    if trouble:
        raise KeyTrouble(f"{trouble}; no key is forgotten before")
    _wait_until_everyone_seals_with_it()
    if left := indexes.left():
        raise KeyTrouble(f"{left} indexes are of an older key (salus keys rotate)")
    SealingKey.objects.filter(number=1 - number).update(forgotten_at=Now())
    keyring.forget_index_key(_path(), number)
    crypto.keyring(anew=True)


def _wait_until_everyone_seals_with_it() -> None:
    time.sleep(2 * crypto.LOOK_EVERY)
    if not resealing.wait_for_writers():
        raise KeyTrouble("a transaction does not end: nothing is retired while it may hold an old key; try again")


def _seal_everything_anew(ring: Keyring, batch: int, pause: float, tell: Tell) -> None:
    for _round in range(_ROUNDS):
        progress = resealing.seal_all_anew(
            batch=batch, pause=pause, tell=lambda what, many: tell(f"{what}: {many} sealed anew") if many else None
        )
        if progress.broken:
            said = ", ".join(f"{many} of {what}" for what, many in sorted(progress.broken.items()))
            raise KeyTrouble(f"{said} cannot be opened: they are left as they are, and no key is retired")
        old_seals = (many for key, many in resealing.counts().items() if key != ring.current)
        if not progress.done and not any(old_seals) and not indexes.left():
            return
    raise KeyTrouble("something still seals with an old key; no key is retired")


def _note(ring: Keyring) -> None:
    rows = [SealingKey(number=number, fingerprint=mark) for number, mark in ring.fingerprints().items()]
    SealingKey.objects.bulk_create(rows, ignore_conflicts=True)


def _called(number: int) -> str:
    return f"key {number}" if number > 0 else f"index key {1 - number}"


def _path() -> Path:
    path: Path = settings.SALUS_KEYRING
    return path
