"""A batch or a transaction as it was posted: what each entry asks for, in which order, and what its references lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from salus.fhir.checking import check
from salus.fhir.serving.bodies import json_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, decode

#: entries of one bundle: each is a whole act, and holds its locks until the last is done
MOST = 100
KINDS = ("batch", "transaction")
#: hl7.org/fhir/R4/http.html#trules: what is made comes before what is changed, and both before what is read
_METHODS = ("POST", "PUT", "GET")
_HEADERS = {"ifMatch": "HTTP_IF_MATCH", "ifNoneMatch": "HTTP_IF_NONE_MATCH", "ifNoneExist": "HTTP_IF_NONE_EXIST"}
_PATIENT = re.compile(r"(?:^|/)Patient/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})")


@dataclass(slots=True)
class Step:
    """One entry: what it asks for, by which address below the base; `trouble` is why it cannot even be tried."""

    place: int
    method: str = ""
    url: str = ""
    resource: JSON | None = None
    full_url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    trouble: FhirError | None = None
    #: what it refers to: the element that holds it, and under which name
    names: list[tuple[JSON, str]] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"Bundle.entry[{self.place}]"

    @property
    def writes(self) -> bool:
        return self.method in ("POST", "PUT")

    @property
    def kind(self) -> str:
        """The type of resource that it is about."""
        return self.url.partition("?")[0].partition("/")[0]

    @property
    def refers_to(self) -> Iterator[str]:
        for holder, key in self.names:
            yield from _ways_of_saying(self, holder[key])


def read(content: bytes, base_url: str) -> tuple[str, list[Step]]:
    """The kind of a bundle and its entries.

    :raises FhirError: 400 if it is none that can be posted here, 413 if it has too many entries
    """
    bundle = json_of(content)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in KINDS:
        raise FhirError(
            400, "What is posted to the base is a Bundle: a batch or a transaction.", expression="Bundle.type"
        )
    entries = bundle.get("entry", [])
    if type(entries) is not list:
        raise FhirError(400, "The entries of a Bundle are a list.", code="structure", expression="Bundle.entry")
    if len(entries) > MOST:
        raise FhirError(413, f"At most {MOST} entries.", code="too-costly", expression="Bundle.entry")
    return bundle["type"], [_step(place, one, base_url) for place, one in enumerate(entries)]


def _step(place: int, entry: Any, base_url: str) -> Step:
    step = Step(place)
    told = entry.get("request") if type(entry) is dict else None
    request: JSON = told if type(told) is dict else {}
    method, url = request.get("method"), request.get("url")
    if type(method) is not str or type(url) is not str:
        step.trouble = _wrong(step, "An entry has a request with method and url.", "request")
        return step
    resource, full_url = entry.get("resource"), entry.get("fullUrl", "")
    step.method, step.url = method, url.removeprefix(base_url).strip("/")
    step.full_url = full_url if type(full_url) is str else ""
    asked = {header: request[name] for name, header in _HEADERS.items() if type(request.get(name)) is str}
    step.headers = {header: value for header, value in asked.items() if value.isascii() and value.isprintable()}
    if method not in _METHODS:
        step.trouble = _wrong(step, "An entry is a GET, a POST or a PUT.", "request.method", code="not-supported")
    elif step.writes and type(resource) is not dict:
        step.trouble = _wrong(step, "What is written is in resource.", "resource")
    elif not step.url or len(step.headers) < len(set(_HEADERS) & request.keys()):
        step.trouble = _wrong(step, "A request names a type, and its conditions are plain text.", "request")
    elif step.writes:
        step.resource = resource
        found = check(resource)
        step.names = [(one, "reference") for one in found.references] + found.links
    return step


def _wrong(step: Step, words: str, element: str, *, code: str = "invalid") -> FhirError:
    return FhirError(400, words, code=code, expression=f"{step.where}.{element}")


def patients_named(steps: Sequence[Step]) -> list[UUID]:
    """The patients whose records a bundle says that it writes to, in the order in which they are locked."""
    texts = [text for one in steps if one.writes for text in (one.url, *(holder[key] for holder, key in one.names))]
    return sorted({UUID(match[1]) for text in texts if (match := _PATIENT.search(text))})


# ---------------------------------------------------------------- the order of a transaction


def ordered(steps: Sequence[Step]) -> list[Step]:
    """The entries of a transaction as they are done: what others refer to is made first.

    :raises FhirError: 400 for an entry that cannot be tried, 422 where entries name one thing twice or one another in a ring
    """
    for one in steps:
        if one.trouble:
            raise one.trouble
    _refuse_doubles(steps)
    posts = [one for one in steps if one.method == "POST"]
    made = {one.full_url: one for one in posts if one.full_url}
    found: dict[int, Step] = {}
    for one in posts:
        _place(one, made, found, ())
    puts = sorted((one for one in steps if one.method == "PUT"), key=lambda one: one.url)
    return [*found.values(), *puts, *(one for one in steps if one.method == "GET")]


def _place(step: Step, made: Mapping[str, Step], found: dict[int, Step], above: tuple[int, ...]) -> None:
    if step.place in found:
        return
    if step.place in above:
        raise FhirError(422, "Entries refer to one another in a ring.", expression=step.where)
    for text in step.refers_to:
        other = made.get(text)
        if other is not None and other is not step:
            _place(other, made, found, (*above, step.place))
    found[step.place] = step


def _refuse_doubles(steps: Sequence[Step]) -> None:
    for names in (
        [one.full_url for one in steps if one.method == "POST" and one.full_url],
        [one.url for one in steps if one.method == "PUT"],
    ):
        if len(set(names)) < len(names):
            raise FhirError(422, "A transaction says each thing once.", code="duplicate", expression="Bundle.entry")


# ---------------------------------------------------------------- references between entries


def known_before(steps: Sequence[Step]) -> dict[str, str]:
    """What is here already and has another name in the bundle: fullUrl -> `Type/id`."""
    return {one.full_url: one.url for one in steps if one.method == "PUT" and one.full_url}


def resolve(step: Step, known: Mapping[str, str], search: Callable[[str], str]) -> None:
    """Make the references of an entry to other entries ours; a search instead of a name (`Practitioner?identifier=`) is made.

    :param known: fullUrl -> `Type/id`
    :param search: gives `Type/id` of the one that a search finds
    """
    for holder, key in step.names:
        text = holder[key]
        ours = next((known[one] for one in _ways_of_saying(step, text) if one in known), None)
        if ours is None and "?" in text and ":" not in text.partition("?")[0]:
            ours = search(text)
        holder[key] = ours or text
    narrative = (step.resource or {}).get("text")
    if isinstance(narrative, dict) and "urn:" in str(narrative.get("div", "")):
        for name, ours in known.items():
            narrative["div"] = narrative["div"].replace(f'"{name}"', f'"{ours}"')


def _ways_of_saying(step: Step, text: str) -> Iterator[str]:
    yield text
    if step.full_url.startswith("http") and ":" not in text:
        yield f"{step.full_url.rsplit('/', 2)[0]}/{text}"  # relative to where the entry comes from


# ---------------------------------------------------------------- the answer


def told(status: int, headers: Mapping[str, str], content: bytes) -> JSON:
    """The entry of the answer that says what became of one."""
    said: JSON = {"status": f"{status} {HTTPStatus(status).phrase}"}
    said |= {name: headers[key] for name, key in (("location", "Location"), ("etag", "ETag")) if key in headers}
    body = decode(content) if content else None
    if body is None:
        return {"response": said}
    if status >= 400:
        return {"response": said | {"outcome": body}}
    changed = (body.get("meta") or {}).get("lastUpdated")
    return {"resource": body, "response": said | ({"lastModified": changed} if changed else {})}


def answer_of(kind: str, told_of: Sequence[JSON]) -> JSON:
    """The Bundle that answers, in the order of the entries that were posted."""
    bundle: JSON = {"resourceType": "Bundle", "type": f"{kind}-response"}
    return bundle | ({"entry": list(told_of)} if told_of else {})
