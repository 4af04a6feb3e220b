"""The socket for reference data: each room plugs in what brings its code systems and catalogues up to date."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from salus.core.act import Act, system_act
from salus.core.models import ReferenceLoad
from salus.core.upsert import Changed


@dataclass(frozen=True, slots=True)
class ReferenceLoader:
    """What loads one body of reference data; `fingerprint` changes when there is something to load."""

    name: str
    right: str
    fingerprint: Callable[[], str]
    load: Callable[[Act], Changed]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one loader did; `changed` is nothing where the database had it already."""

    name: str
    changed: Changed | None
    seconds: float


_LOADERS: dict[str, ReferenceLoader] = {}


def plug_in(loader: ReferenceLoader) -> None:
    """Add a loader; a room calls this when it is ready, so that loaders run from the ground up."""
    _LOADERS[loader.name] = loader


def loader_names() -> tuple[str, ...]:
    """Answer the names of all loaders, in the order in which they run."""
    return tuple(_LOADERS)


def fingerprint_of(*paths: Path, also: str = "") -> str:
    """Answer a fingerprint of files (folders: of the files in them) and of one more word."""
    seen = hashlib.sha256(also.encode())
    for path in paths:
        for file in sorted(path.rglob("*.csv")) if path.is_dir() else [path]:
            seen.update(file.name.encode() + b"\0" + file.read_bytes())
    return seen.hexdigest()[:16]


def load_all(*, only: Iterable[str] = (), again: bool = False) -> Iterator[Loaded]:
    """Run the loaders whose data the database does not have yet, each in a transaction of its own.

    With `again`, also those that it has.

    :raises KeyError: if `only` names a loader that is not there
    """
    chosen = [_LOADERS[name] for name in only] or list(_LOADERS.values())
    for loader in chosen:
        started = time.monotonic()
        changed = _load(loader, again=again)
        yield Loaded(loader.name, changed, time.monotonic() - started)


@transaction.atomic
def _load(loader: ReferenceLoader, *, again: bool) -> Changed | None:
    with connection.cursor() as cursor:  # two that start at once load once
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('salus.reference'))")
    fingerprint = loader.fingerprint()
    if not again and ReferenceLoad.objects.filter(name=loader.name, fingerprint=fingerprint).exists():
        return None
    act = system_act(rights={loader.right}, door="loader")
    changed = loader.load(act)
    ReferenceLoad.objects.update_or_create(
        name=loader.name, defaults={"fingerprint": fingerprint, "rows": changed.rows, "loaded_at": act.at}
    )
    return changed
