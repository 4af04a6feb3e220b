"""Names as search tokens: folded, romanised in several ways, and by their sound.

A token is one of `smith` (a word as written in Latin letters), `~SM0` (its metaphone) and `=smt` (its consonants,
which is what scripts without vowels write). All three kinds stand in one `tsvector`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jellyfish
from anyascii import anyascii

MOST_TOKENS = 60
_LONGEST_WORD = 40
_SHORTEST_SOUND = 2

_APOSTROPHES = re.compile("[\u0027\u2018\u2019\u02bc\u02bb`\u00b4\u05f3\u02b9]")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_SYLLABLES = re.compile(r"[A-Z][a-z]*|[a-z]+|[0-9]+")
_BREAK = re.compile(r"[\W_]+")

#: DIN 5007-2 and its Nordic relatives: how a letter is written where the keyboard lacks it
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "đ": "dj"})
#: other romanisations of Cyrillic and Greek than the first one (ICAO 9303, BGN/PCGN, common use)
_REWRITES: dict[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "CYRILLIC": (
        (("kh", "h"),),
        (("ya", "ia"), ("yu", "iu"), ("yo", "e")),
        (("ya", "ja"), ("yu", "ju"), ("shch", "sch"), ("zh", "j")),
        (("kh", "h"), ("ya", "ia"), ("yu", "iu"), ("iy", "y"), ("yy", "y")),
    ),
    "GREEK": ((("oy", "ou"),), (("oy", "ou"), ("gi", "yi"), ("ch", "h")), (("oy", "u"), ("y", "i"))),
    "DEVANAGARI": ((("sy", "shy"), ("v", "w")), (("s", "sh"),)),
}
#: Korean names as Koreans write them in passports, by the syllable of the official romanisation
_KOREAN = {
    "gim": ("kim",), "i": ("lee", "yi", "rhee"), "bag": ("park", "pak"), "choe": ("choi",), "jeong": ("jung", "chung"),
    "gang": ("kang",), "jo": ("cho",), "yun": ("yoon",), "im": ("lim",), "yu": ("yoo", "ryu"), "o": ("oh",),
    "seo": ("suh",), "no": ("noh", "roh"), "u": ("woo",), "an": ("ahn",), "jeon": ("jun", "chun"), "gwon": ("kwon",),
    "sin": ("shin",), "gu": ("koo",), "seong": ("sung",), "yeong": ("young",), "gyeong": ("kyung",), "hyeon": ("hyun",),
    "jun": ("joon",), "su": ("soo",), "u-": ("woo",), "eun": ("un",), "hui": ("hee",), "mi": ("mee",), "ju": ("joo",),
}  # fmt: skip
#: Chinese family names as they are written in Hong Kong, Taiwan and South-East Asia
_CHINESE = {
    "wang": ("wong",), "chen": ("chan", "tan"), "zhang": ("chang", "cheung", "teo"), "li": ("lee",), "lin": ("lam", "lim"),
    "huang": ("wong", "ng"), "liu": ("lau", "low"), "yang": ("yeung", "yeo"), "wu": ("ng", "goh"), "zhou": ("chow", "chew"),
    "xu": ("hsu", "chui"), "zheng": ("cheng", "tay"), "xie": ("hsieh", "tse"), "cai": ("tsai", "choi", "chua"), "he": ("ho",),
    "guo": ("kuo", "kwok", "quek"), "zeng": ("tsang",), "liang": ("leung",), "zhu": ("chu",), "jiang": ("chiang",), "hu": ("wu",),
}  # fmt: skip

_CUSTOMARY = {"CJK": _CHINESE, "HANGUL": _KOREAN}

_DIGRAPHS = (
    ("sch", "s"), ("tsch", "k"), ("kh", "k"), ("gh", "g"), ("sh", "s"), ("ch", "k"), ("ck", "k"), ("th", "t"), ("dt", "t"),
    ("dh", "d"), ("ph", "f"), ("ts", "s"), ("tz", "s"), ("x", "ks"),
)  # fmt: skip
_CONSONANTS = str.maketrans({"q": "k", "c": "k", "z": "s", "v": "f", "p": "b", **dict.fromkeys("aeiouwy")})
_DOUBLED = re.compile(r"(.)\1+")


def plain(text: str) -> str:
    """A name in plain small letters: `Łukasz O'Brien-Müller` is `lukasz obrien muller`."""
    return _NO_LETTER.sub(" ", _ascii(text).lower()).strip()


def by_name(family: str, given: str) -> tuple[str, str]:
    """Where somebody stands in a list by name: Ölmez between Okoye and Osei, not after Zúñiga."""
    return plain(family), plain(given)


def of_staff(member: Any) -> tuple[str, str]:
    """`by_name` of one of the staff, read with the practitioner."""
    return by_name(member.practitioner.family, member.practitioner.given)


def words_of(text: str) -> list[str]:
    """The words of a name as written, without apostrophes, split at hyphens and spaces."""
    bare = _APOSTROPHES.sub("", unicodedata.normalize("NFC", text))
    return [word[:_LONGEST_WORD] for word in _BREAK.split(bare) if word]


@lru_cache(maxsize=100_000)
def spellings(word: str) -> tuple[str, ...]:
    """How a word may stand in Latin letters, the likeliest first: `Юлия` is `yuliya`, `iuliia`, `juliya`..."""
    written = _ascii(word)
    first = _NO_LETTER.sub("", written.lower())
    if not first:
        return ()
    found = {first: None}
    lower = word.lower()
    if lower.translate(_LETTERS) != lower:
        found[_NO_LETTER.sub("", _ascii(lower.translate(_LETTERS)).lower())] = None
    if first.startswith("mc") and len(first) > 4:
        found["mac" + first[2:]] = None
    elif first.startswith("mac") and len(first) > 5:
        found["mc" + first[3:]] = None
    if not word.isascii():
        for other in _in_other_ways(word, written, first):
            found[other] = None
    return tuple(one[:_LONGEST_WORD] for one in found if one)[:8]


def name_tokens(texts: Iterable[str]) -> list[str]:
    """All search tokens of a person's names, in any order: words, joined words, sounds, consonants."""
    tokens: dict[str, None] = {}
    for text in texts:
        words = words_of(text)
        for word in words:
            tokens.update(dict.fromkeys(_tokens_of_word(word)))
        if 1 < len(words) <= 4:
            tokens[plain(text).replace(" ", "")[:_LONGEST_WORD]] = None
        for part in _APOSTROPHES.split(text)[1:]:
            tokens.update(dict.fromkeys(one for word in words_of(part)[:1] for one in spellings(word) if len(one) > 1))
    tokens.pop("", None)
    return list(tokens)[:MOST_TOKENS]


def texts_of_names(family: str, given: str, preferred: str, names: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every text by which a person is called: the name to show, and all FHIR HumanNames."""
    texts = {family: None, given: None, preferred: None}
    for name in names:
        parts = [name.get("family", ""), " ".join(filter(None, name.get("given", ())))]
        texts.update(dict.fromkeys(parts if any(parts) else [name.get("text", "")]))
    return [text for text in texts if text]


def keys(family: str, given: str) -> tuple[str, str]:
    """The name in plain letters to sort by and to find by its beginning: family name first, and given name first."""
    first, second = plain(family), plain(given)
    return f"{first} {second}".strip(), f"{second} {first}".strip()


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The metaphone of a romanised word (Philips 1990), or nothing where it is too short to tell."""
    key = jellyfish.metaphone(word).replace(" ", "")
    return key if len(key) >= _SHORTEST_SOUND else ""


@lru_cache(maxsize=100_000)
def consonants(word: str) -> str:
    """What a script without vowels would write: `mohammed` and `mhmd` are both `mhmd`."""
    text = word
    for pair, one in _DIGRAPHS:
        text = text.replace(pair, one)
    text = _DOUBLED.sub(r"\1", text.translate(_CONSONANTS))
    if len(text) > _SHORTEST_SOUND:
        text = text.removesuffix("h")
    return text if len(text) >= _SHORTEST_SOUND else ""


def with_one_letter_less(token: str) -> list[str]:
    """The variants by which a misspelt word finds a token (after SymSpell, W. Garbe 2012); none for short ones."""
    if len(token) < 3:
        return []
    return list(dict.fromkeys(token[:place] + token[place + 1 :] for place in range(len(token))))


def is_word(token: str) -> bool:
    """Whether a token is a word, and no sound."""
    return token[:1] not in ("~", "=")


@lru_cache(maxsize=100_000)
def _tokens_of_word(word: str) -> tuple[str, ...]:
    ways = spellings(word)
    tokens = dict.fromkeys(ways)
    for way in ways[:3]:
        tokens.update(dict.fromkeys(mark + key for mark, key in (("~", sound(way)), ("=", consonants(way))) if key))
    return tuple(tokens)


@lru_cache(maxsize=100_000)
def _ascii(text: str) -> str:
    return anyascii(_APOSTROPHES.sub("", unicodedata.normalize("NFC", text)))


def _in_other_ways(word: str, written: str, first: str) -> list[str]:
    script = _script(word)
    if script in _CUSTOMARY:
        customary = _CUSTOMARY[script]
        parts = [part.lower() for part in _SYLLABLES.findall(written)]
        return _whole_name(parts, customary) if len(parts) > 1 else list(customary.get(first, ()))
    found = []
    for rewrite in _REWRITES.get(script, ()):
        other = first
        for old, new in rewrite:
            other = other.replace(old, new)
        found.append(other)
    return found


def _whole_name(parts: list[str], customary: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each syllable by itself, all but the first joined (the given name), the first as people write it."""
    rest = parts[1:]
    joined = ["".join(rest), "".join(customary.get(one, (one,))[0] for one in rest)]
    return [*customary.get(parts[0], ()), parts[0], *joined, *rest]


def family_and_given(word: str) -> list[tuple[str, ...]] | None:
    """A Chinese or Korean name written as one word: the ways to write its first syllable, and those of the rest.

    :return: None for any other word
    """
    customary = _CUSTOMARY.get(_script(word))
    parts = [part.lower() for part in _SYLLABLES.findall(_ascii(word))]
    if customary is None or len(parts) < 2:
        return None
    rest = parts[1:]
    given = dict.fromkeys(["".join(rest), "".join(customary.get(one, (one,))[0] for one in rest)])
    return [(parts[0], *customary.get(parts[0], ())), tuple(given)]


def _script(word: str) -> str:
    return "" if word.isascii() else unicodedata.name(word[0], "").split(" ")[0]
