"""Copy-forward: what of a section was copied from an earlier note, and what was written since. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

Piece = tuple[Literal["same", "new", "cut"], str]

#: a word with the space behind it
_WORD = re.compile(r"\S+\s*|\s+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
#: how a copied section begins in the text as stored: whoever reads the text alone sees that it was copied
_MARK = "[copied from the note of "
_MARKED = re.compile(r"\A\[copied from the note of [^\]\n]*\]\n?")
#: so many pairs of words (or lines) are compared at most: what differs in more is told as a whole, at once
_MOST = 1_000_000


def told_apart(copied: str, now: str) -> list[Piece]:
    """The text of now in pieces: the same as was copied, new since; and between them what was cut.

    `same` and `new` together are the text of now, `same` and `cut` together what was copied. Word by word; very long texts line
    by line, or as a whole, so that it never takes long.
    """
    before, after = _WORD.findall(copied), _WORD.findall(now)
    head = _in_common(before, after)
    tail = _in_common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old) * len(new) > _MOST:
        old, new = _LINE.findall("".join(old)), _LINE.findall("".join(new))
    middle = _compared(old, new) if len(old) * len(new) <= _MOST else _whole(old, new)
    last = after[len(after) - tail :]
    return [one for one in (("same", "".join(after[:head])), *middle, ("same", "".join(last))) if one[1]]


def _in_common(before: Sequence[str], after: Sequence[str]) -> int:
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for tag, i, until_i, j, until_j in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(after[j:until_j])
        else:
            yield from _whole(before[i:until_i], after[j:until_j])


def _whole(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    yield "cut", "".join(before)
    yield "new", "".join(after)


def is_copied(pieces: Sequence[Piece]) -> bool:
    """Whether anything that was copied is still there."""
    return any(kind == "same" and words.strip() for kind, words in pieces)


def marked(text: str, at: str, author: str) -> str:
    """The text as it is stored: it says itself that it was copied, and from which note."""
    said = " ".join(f"{_MARK}{at}, {author}".replace("]", ")").split())
    return f"{said}]\n{text}"


def unmarked(text: str) -> str:
    """The text without the mark of a copy."""
    return _MARKED.sub("", text)
