"""The arithmetic of the seal, as pure functions: a Merkle tree as in RFC 6962, proofs in it, and what a head says.

`scripts/check_proof.py` holds the same in plain Python for a patient to read; a test holds them against each other.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

#: before all rows of a log: transactions are numbered from 3, rows from 1
BEGINNING = (0, 0)
#: an id after all others
LAST_ID = 2**63 - 1
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962, 2.1: a leaf and a node can never be taken for each other."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass
class Tree:
    """A tree that only grows: the roots of its full subtrees from left to right, the largest first."""

    size: int = 0
    edge: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        position, self.size = self.size, self.size + 1
        while position & 1:
            leaf = node_hash(self.edge.pop(), leaf)
            position >>= 1
        self.edge.append(leaf)

    def root(self) -> bytes:
        """The hash of the whole tree as it is."""
        if not self.edge:
            return EMPTY
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over hashes of leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def root_of_joined(leaves: bytes) -> bytes:
    """The root over hashes that are stored one after the other: level by level, with few objects for each leaf."""
    if not leaves:
        return EMPTY
    sha256 = hashlib.sha256
    while len(leaves) > 32:
        paired = len(leaves) // 64 * 64
        parents = [sha256(b"\1" + leaves[n : n + 64]).digest() for n in range(0, paired, 64)]
        leaves = b"".join(parents) + leaves[paired:]
    return leaves


def path_to(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The audit path of a leaf (RFC 6962, 2.1.1), from the leaf upwards.

    :raises IndexError: if there is no such leaf
    """
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    path, level, at = [], list(leaves), position
    while len(level) > 1:
        if at ^ 1 < len(level):
            path.append(level[at ^ 1])
        level = list(_parents(level))
        at >>= 1
    return path


def _parents(level: Sequence[bytes]) -> Iterator[bytes]:
    for n in range(0, len(level) - 1, 2):
        yield node_hash(level[n], level[n + 1])
    if len(level) % 2:
        yield level[-1]


def root_by_path(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path leads to.

    :raises ValueError: if the path does not fit a tree of that size
    """
    rest, root, last = list(path), leaf, size - 1
    if not 0 <= position < size:
        raise ValueError("no such position")
    while last:
        if position & 1 or position < last:
            if not rest:
                raise ValueError("the path is too short")
            beside = rest.pop(0)
            root = node_hash(beside, root) if position & 1 else node_hash(root, beside)
        position, last = position >> 1, last >> 1
    if rest:
        raise ValueError("the path is too long")
    return root


def hashes(joined: bytes) -> list[bytes]:
    """Hashes that are stored one after the other."""
    return [joined[n : n + 32] for n in range(0, len(joined), 32)]


def joined_ids(ids: Collection[int]) -> bytes:
    """Ids as they are stored one after the other."""
    return struct.pack(f">{len(ids)}q", *ids)


def ids_in(joined: bytes) -> tuple[int, ...]:
    """Ids that are stored one after the other; half an id at the end, which somebody cut, is left out."""
    return struct.unpack(f">{len(joined) // 8}q", joined[: len(joined) // 8 * 8])


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one log that were sealed together: all with `after` < (xid, id) <= `upto`. The batches of a log leave no gap.

    `ids` is the SHA-256 of the rows' ids, eight bytes each.
    """

    number: int
    source: str
    form: int
    after: tuple[int, int]
    upto: tuple[int, int]
    size: int
    root: bytes
    ids: bytes

    def text(self) -> str:
        """What the tree of batches has as its leaf."""
        where = [*self.after, *self.upto]
        return _text("salus.batch", self.number, self.source, self.form, *where, self.size, self.root, self.ids)

    def leaf(self) -> bytes:
        """Its hash as a leaf of the tree of batches."""
        return leaf_hash(self.text().encode())


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed: how large the log is, its root, and the head before. `at` is UTC in ISO 8601."""

    number: int
    batches: int
    entries: int
    root: bytes
    previous: bytes
    at: str

    def text(self) -> str:
        """The text that is signed."""
        return _text("salus.head", self.number, self.batches, self.entries, self.root, self.previous, self.at)

    def digest(self) -> bytes:
        """What the next head names as its previous one."""
        return hashlib.sha256(self.text().encode()).digest()


def _text(*parts: str | int | bytes) -> str:
    told = [part.hex() if isinstance(part, bytes) else part for part in parts]
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True)
