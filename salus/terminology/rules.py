"""How words are made findable: the same folding when a row is written and when somebody types."""

import re

from anyascii import anyascii

_WORD = re.compile(r"[a-z0-9]+")
#: E11, E11.9, e119, S52.501A: an ICD-10-CM code, or the beginning of one
_CODE = re.compile(r"([A-Za-z]\d[A-Za-z0-9])\.?([A-Za-z0-9]{0,4})")


def fold(text: str) -> str:
    """Write text as lower-case ASCII words with single spaces: `Ménière's` becomes `meniere s`."""
    return " ".join(_WORD.findall(anyascii(text).lower()))


def prefix_query(text: str) -> str:
    """Turn what is typed into a `tsquery`: every word is the beginning of one, in any order; empty if there is none.

    A plural finds the singular: `stones` is searched as `stone`.
    """
    return " & ".join(f"{_singular(word)}:*" for word in dict.fromkeys(fold(text).split()))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def code_prefix(text: str) -> str:
    """Answer the code that is being typed, written with its dot (`e119` is `E11.9`), or nothing if it is none."""
    found = _CODE.fullmatch(text.strip())
    if not found:
        return ""
    category, rest = found[1].upper(), found[2].upper()
    return f"{category}.{rest}" if rest else category
