"""Copy-forward: what of a section was copied from an earlier note, and what was written since. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "new", "cut"], str]

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
#: how a copied section begins in the text as stored: whoever reads the text alone sees that it was copied
_MARK = "[copied from the note of "
_MARKED = re.compile(r"\A\[copied from the note of [^\]\n]*\]\n?")


def told_apart(copied: str, now: str) -> list[Piece]:
    """The text of now in pieces, word by word: the same as was copied, new since; and between them what was cut.

    `same` and `new` together are the text of now, `same` and `cut` together what was copied.
    """
    before, after = _WORD.findall(copied), _WORD.findall(now)
    found: list[Piece] = []
    for tag, i, until_i, j, until_j in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(after[j:until_j])))
            continue
        if until_i > i:
            found.append(("cut", "".join(before[i:until_i])))
        if until_j > j:
            found.append(("new", "".join(after[j:until_j])))
    return found


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
