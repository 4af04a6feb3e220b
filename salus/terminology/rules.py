"""How words are made findable: the same folding when a row is written and when somebody types."""

import re

from anyascii import anyascii

_WORD = re.compile(r"[a-z0-9]+")
#: E1, E11, E11.9, e119, S52.501A: an ICD-10-CM code, or the beginning of one
_CODE = re.compile(r"([A-Za-z]\d[A-Za-z0-9]?)(?:(?<=...)\.?([A-Za-z0-9]{0,4}))?")
#: British spellings, written the American way that ICD-10-CM and INN use
_SPELLINGS = (
    (re.compile(r"ae(?=[mdst]|c[aehikotu]|\b)"), "e"),  # anaemia, paediatric, anaesthesia, aetiology, faecal, "anae"
    (re.compile(r"(?<=rrh)oe|(?<=pn)oe|oe(?=soph|str|dem|tal|tus|liac)"), "e"),  # diarrhoea, apnoea, oesophagus, foetus
    (re.compile(r"(?<=\w{3})our(?=s?\b)"), "or"),  # tumour, labour, behaviour; not hour
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"isation"), "ization"),
)
_BRITISH = re.compile(r"[ao]e|our|sulph|isation")
#: they stand between words and tell nothing apart
_SMALL = frozenset({"and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"})


def fold(text: str) -> str:
    """Write text as lower-case ASCII words with single spaces, spelled one way.

    `Ménière's` becomes `meniere s`, `haemorrhage` becomes `hemorrhage`.
    """
    folded = " ".join(_WORD.findall((text if text.isascii() else anyascii(text)).lower()))
    if _BRITISH.search(folded):
        for british, american in _SPELLINGS:
            folded = british.sub(american, folded)
    return folded


def prefix_query(text: str, *, letters: bool = True) -> str:
    """Turn what is typed into a `tsquery`: every word is the beginning of one, in any order; empty if there is none.

    A plural finds the singular: `stones` is searched as `stone`. A single letter is a whole word (`hepatitis b`);
    without `letters` it is left out, for somebody who is about to type more of it.
    """
    words = list(dict.fromkeys(fold(text).split()))
    words = [word for word in words if word not in _SMALL] or words
    return " & ".join(word if len(word) == 1 else f"{_singular(word)}:*" for word in words if letters or len(word) > 1)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def code_prefix(text: str) -> str:
    """Answer the code that is being typed, written with its dot (`e119` is `E11.9`), or nothing if it is none."""
    found = _CODE.fullmatch(text.strip())
    if not found:
        return ""
    category, rest = found[1].upper(), (found[2] or "").upper()
    return f"{category}.{rest}" if rest else category


_TAG = re.compile(
    r" \((disorder|finding|procedure|situation|observable entity|regime/therapy|event|morphologic abnormality)\)$"
)


def without_tag(display: str) -> str:
    """A concept's words without SNOMED's semantic tag: `Prediabetes (finding)` is read as `Prediabetes`."""
    return _TAG.sub("", display)


_LOINC_CODE = re.compile(r"[1-9][0-9]{0,6}-[0-9]", re.ASCII)


def is_loinc(code: str) -> bool:
    """Whether this is a code of LOINC by its form and its check digit (modulo 10, LOINC Users' Guide, appendix)."""
    if not _LOINC_CODE.fullmatch(code):
        return False
    digits, check = code.split("-")
    # from the right every other digit counts double, its own digits summed (Luhn)
    doubled = [sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits))]
    return (10 - sum(doubled) % 10) % 10 == int(check)


#: 1A00, CA40.0, XM4039, VD00.Z: letters but I and O; an ICD-10 code has a digit where these have their first letter
_ICD11_CODE = re.compile(r"[0-9A-HJ-NP-Z][A-HJ-NP-Z][0-9A-HJ-NP-Z]{1,4}(\.[0-9A-HJ-NP-Z]{1,3})?")
_ICD11_BEGUN = re.compile(r"[0-9A-HJ-NP-Z][A-HJ-NP-Z][0-9][0-9A-HJ-NP-Z]{0,3}(\.[0-9A-HJ-NP-Z]{0,3})?")


def is_icd11(code: str) -> bool:
    """Whether this is a code of ICD-11 by its form."""
    return bool(_ICD11_CODE.fullmatch(code))


def icd11_prefix(text: str) -> str:
    """Answer the code of ICD-11 that is being typed (`ca40` is `CA40`), or nothing if it is none."""
    code = text.strip().upper()
    return code if _ICD11_BEGUN.fullmatch(code) else ""
