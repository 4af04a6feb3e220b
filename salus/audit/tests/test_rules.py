"""The tree is RFC 6962's: held against a plain writing-down of its definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.audit.rules import tree as rules

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def mth(data: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + mth(data[:k]) + mth(data[k:])).digest()


@given(LEAVES)
def test_the_root_is_that_of_the_rfc(data):
    leaves = [rules.leaf_hash(one) for one in data]
    assert rules.root_of(leaves) == rules.root_of_joined(b"".join(leaves)) == mth(data)


def test_known_roots():
    """The test vectors of Certificate Transparency's reference implementation."""
    data = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
    assert rules.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert rules.root_of(map(rules.leaf_hash, data)).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@given(LEAVES, st.data())
def test_a_path_leads_to_the_root_from_its_leaf_alone(data, draw):
    leaves = [rules.leaf_hash(one) for one in data]
    at = draw.draw(st.integers(0, len(leaves) - 1))
    path, root = rules.path_to(leaves, at), rules.root_of(leaves)
    assert rules.root_by_path(leaves[at], at, len(leaves), path) == root
    assert rules.root_by_path(rules.leaf_hash(b"another"), at, len(leaves), path) != root


@pytest.mark.parametrize(("position", "size", "path"), [(0, 2, []), (0, 1, [b"x" * 32]), (3, 3, []), (-1, 3, [])])
def test_a_path_that_does_not_fit_is_refused(position, size, path):
    with pytest.raises(ValueError, match="path|position"):
        rules.root_by_path(b"x" * 32, position, size, path)
