"""The keyring's file: which keys there are, which one seals, and how a key comes and goes.

`keys/keyring.json` (mode 0600) lives outside the database and is always written whole: beside it, to the disk, then
into place. A new key is on the disk before anything is sealed with it.
"""

import fcntl
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from salus.core import durable

#: the number of the key is one byte of what it seals
MOST = 255


class KeyringMissing(Exception):
    """The keyring is not where it should be: what is sealed cannot be read. Bring back the copy that was kept apart."""


class KeyLost(Exception):
    """Something is sealed with a key that the keyring does not have."""

    def __init__(self, number: int) -> None:
        super().__init__(f"key {number} is not in the keyring")
        self.number = number


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by number: those that seal (the highest does), retired ones (they only open), and those of blind indexes.

    `index_writes` makes the indexes that are written; values are looked for with every index key that is here, so that a
    new one is known to every process before the first index is made with it.
    """

    data: Mapping[int, bytes]
    index: Mapping[int, bytes]
    retired: Mapping[int, bytes] = field(default_factory=dict)
    index_retired: Mapping[int, bytes] = field(default_factory=dict)
    index_writes: int = 1

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return max(self.data)

    def opens(self, number: int) -> bytes:
        """The key with this number.

        :raises KeyLost: if there is none
        """
        key = self.data.get(number) or self.retired.get(number)
        if key is None:
            raise KeyLost(number)
        return key

    @property
    def finders(self) -> list[bytes]:
        """The index keys to look for a value with, the one that writes first."""
        known = {**self.index_retired, **self.index}
        return [known.pop(self.index_writes), *known.values()]

    @property
    def is_moving(self) -> bool:
        """Whether indexes of one value may stand there by two keys: what is unique is held by more than its constraint."""
        return len(self.index) > 1

    def fingerprints(self) -> dict[int, bytes]:
        """What tells one key from another and gives nothing of it away, by number; index keys are 0, -1, -2 and so on."""
        indexes = {1 - number: key for number, key in {**self.index_retired, **self.index}.items()}
        keys = {**indexes, **self.retired, **self.data}
        return {number: hashlib.sha256(b"salus key\0" + key).digest()[:8] for number, key in keys.items()}


def read(path: Path) -> Keyring:
    """The keyring in a file.

    :raises KeyringMissing: if there is none
    """
    try:
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        raise KeyringMissing(str(path)) from None
    index = stored["index"]
    return Keyring(
        data=_keys(stored["data"]),
        index={1: bytes.fromhex(index)} if isinstance(index, str) else _keys(index),
        retired=_keys(stored.get("retired", {})),
        index_retired=_keys(stored.get("index_retired", {})),
        index_writes=stored.get("index_writes", 1),
    )


def make(path: Path) -> None:
    """Make a keyring where there is none; two processes that start together agree on the first one's keys."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write_first(path, _as_json(Keyring({1: secrets.token_bytes(32)}, {1: secrets.token_bytes(32)})))


def add_key(path: Path) -> int:
    """Add a key, which seals from now on; returns its number."""
    with _changing(path) as ring:
        number = max({*ring.data, *ring.retired}) + 1
        if number > MOST:
            raise ValueError(f"a keyring has {MOST} keys at most")
        durable.write_whole(path, _as_json(replace(ring, data={**ring.data, number: secrets.token_bytes(32)})))
        return number


def retire_key(path: Path, number: int) -> None:
    """Let a key only open, and no longer seal; the one that seals stays."""
    with _changing(path) as ring:
        if number == ring.current:
            raise ValueError("the key that seals cannot be retired")
        left = {n: key for n, key in ring.data.items() if n != number}
        durable.write_whole(
            path, _as_json(replace(ring, data=left, retired={**ring.retired, number: ring.data[number]}))
        )


def forget_key(path: Path, number: int) -> None:
    """Delete a retired key for good: what it sealed, and is somewhere still, can never be read again."""
    with _changing(path) as ring:
        durable.write_whole(
            path, _as_json(replace(ring, retired={n: key for n, key in ring.retired.items() if n != number}))
        )


def add_index_key(path: Path) -> int:
    """Add a key that values are looked for with, and that writes no index yet; returns its number."""
    with _changing(path) as ring:
        number = max({*ring.index, *ring.index_retired}) + 1
        durable.write_whole(path, _as_json(replace(ring, index={**ring.index, number: secrets.token_bytes(32)})))
        return number


def write_with_index_key(path: Path, number: int) -> None:
    """Have this key make the indexes that are written from now on."""
    with _changing(path) as ring:
        durable.write_whole(path, _as_json(replace(ring, index_writes=number)))


def retire_index_key(path: Path, number: int) -> None:
    """Let an index key only look for what an older backup may bring back; the one that writes stays."""
    with _changing(path) as ring:
        if number == ring.index_writes:
            raise ValueError("the key that makes indexes cannot be retired")
        left = {n: key for n, key in ring.index.items() if n != number}
        retired = {**ring.index_retired, number: ring.index[number]}
        durable.write_whole(path, _as_json(replace(ring, index=left, index_retired=retired)))


def forget_index_key(path: Path, number: int) -> None:
    """Delete a retired index key for good."""
    with _changing(path) as ring:
        left = {n: key for n, key in ring.index_retired.items() if n != number}
        durable.write_whole(path, _as_json(replace(ring, index_retired=left)))


@contextmanager
def _changing(path: Path) -> Iterator[Keyring]:
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read(path)


def _as_json(ring: Keyring) -> bytes:
    content = {
        "data": _hex(ring.data),
        "retired": _hex(ring.retired),
        "index": _hex(ring.index),
        "index_retired": _hex(ring.index_retired),
        "index_writes": ring.index_writes,
    }
    return json.dumps(content, indent=1).encode()


def _keys(stored: Mapping[str, str]) -> dict[int, bytes]:
    return {int(number): bytes.fromhex(key) for number, key in stored.items()}


def _hex(keys: Mapping[int, bytes]) -> dict[str, str]:
    return {str(number): key.hex() for number, key in keys.items()}
