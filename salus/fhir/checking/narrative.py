"""The narrative of a resource: only plain formatting, so that what somebody sends can never act in a browser.

Source: hl7.org/fhir/R4/narrative.html, invariants txt-1 and txt-2.
"""

import re
from typing import Any
from xml.parsers import expat

_TAGS = """
    a abbr acronym address area b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q s samp small span strike strong sub sup table tbody td tfoot th
    thead tr tt u ul var
"""
_NAMES = """
    abbr accesskey align alink alt axis background bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff
    charset cite class clear color colspan compact coords datetime dir face frame headers height href hreflang hspace id
    ismap lang link longdesc name noshade nowrap rel rev rowspan rules scope shape size span src start style summary
    tabindex text title type usemap valign value vlink vspace width xml:lang xml:space xmlns
"""
_ELEMENTS, _ATTRIBUTES = frozenset(_TAGS.split()), frozenset(_NAMES.split())
_BAD_LINK = re.compile(r"\s*(javascript|vbscript|data:text)", re.I)


class _NotPlain(ValueError):
    pass


def is_narrative(value: Any) -> bool:
    """Whether this is one `div` of XHTML with formatting only."""
    if type(value) is not str or "<!" in value.replace("<!--", ""):
        return False  # a document type could define entities that grow without end
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if name not in _ELEMENTS or (depth == 0 and name != "div"):
            raise _NotPlain(name)
        for attribute, text in attributes.items():
            if attribute not in _ATTRIBUTES and not attribute.startswith("xmlns:"):
                raise _NotPlain(attribute)
            if attribute in ("href", "src") and _BAD_LINK.match(text):
                raise _NotPlain(attribute)
        depth += 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.UseForeignDTD(True)  # XHTML's named entities (&nbsp;) are known to readers, not to the parser
    try:
        parser.Parse(value, True)
    except (expat.ExpatError, _NotPlain):
        return False
    return True
