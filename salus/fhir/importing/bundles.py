"""What a file holds: a bundle's entries or one resource, and whether they go in together or one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from salus.fhir.checking import Problem
from salus.fhir.importing.linked import Linked
from salus.fhir.written import JSON

#: types whose entries are records that came together
KINDS = frozenset({"transaction", "batch", "collection", "document", "message", "searchset", "history"})


class NoBundle(Exception):
    """This is nothing that can be imported."""


@dataclass(slots=True)
class Entry:
    """One resource of a file and where it stands there; what becomes of it is noted in it on the way."""

    place: str
    resource: JSON
    full_url: str = ""
    type: str = ""
    #: `ifNoneExist`, or an update by search: the search that finds it
    condition: str = ""
    problems: list[Problem] = field(default_factory=list)
    #: the problems that it has by itself, whatever else is here
    checked: list[Problem] = field(default_factory=list)
    references: list[JSON] = field(default_factory=list)
    links: list[tuple[JSON, str]] = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    row_id: str = ""
    linked: Linked | None = None
    repeats: Entry | None = None
    content: str = ""
    digest: bytes = b""
    _undo: list[tuple[JSON, str, Any]] = field(default_factory=list)

    def rewrite(self, holder: JSON, key: str, text: str) -> None:
        """Change one text of the resource, so that `restore` can take it back."""
        self._undo.append((holder, key, holder[key]))
        holder[key] = text

    def set_id(self, row_id: str) -> None:
        """Give the resource our id."""
        if "id" in self.resource:
            self.rewrite(self.resource, "id", row_id)
        else:
            self._undo.append((self.resource, "id", None))
            self.resource["id"] = row_id

    def restore(self) -> None:
        """The resource as it was received, to be filed anew."""
        for holder, key, text in reversed(self._undo):
            if text is None:
                del holder[key]
            else:
                holder[key] = text
        self._undo.clear()
        self.linked, self.repeats = None, None
        self.problems = list(self.checked)

    @property
    def name(self) -> str:
        return self.type or "(unknown)"

    @property
    def base(self) -> str:
        """The server that its relative references are meant for, where the entry says it."""
        return self.full_url.rsplit("/", 2)[0] if self.full_url.startswith(("http://", "https://")) else ""


@dataclass(slots=True)
class Bundle:
    """The entries of a file. `is_whole`: all of them or none (a transaction)."""

    entries: list[Entry]
    is_whole: bool


def bundle_of(root: Any) -> Bundle:
    """Read the envelope.

    :raises NoBundle: if it is none, and no resource either
    """
    if type(root) is not dict or not isinstance(root.get("resourceType"), str):
        raise NoBundle("is no FHIR resource")
    if root["resourceType"] != "Bundle":
        return Bundle([Entry(place=_name(root), resource=root, type=_name(root))], is_whole=False)
    kind = root.get("type")
    if kind not in KINDS:
        raise NoBundle(f"is a bundle of a type that is not imported: {str(kind)[:40]}")
    entries = root.get("entry", [])
    if type(entries) is not list:
        raise NoBundle("has entries that are no list")
    found = [_entry(entry, place, kind) for place, entry in enumerate(entries)]
    return Bundle([entry for entry in found if entry is not None], is_whole=kind == "transaction")


def _entry(raw: Any, place: int, kind: str) -> Entry | None:
    where = f"entry[{place}]"
    if type(raw) is not dict:
        return Entry(where, {}, problems=[Problem(where, "is no JSON object")])
    resource, request, url = raw.get("resource"), raw.get("request"), raw.get("fullUrl")
    entry = Entry(where, resource if type(resource) is dict else {}, url if type(url) is str else "", _name(resource))
    if resource is not None and type(resource) is not dict:
        entry.problems.append(Problem(f"{where}.resource", "is no JSON object"))
    elif kind == "searchset" and entry.type == "OperationOutcome":
        return None  # a word of the server that was asked, no record
    elif kind in ("transaction", "batch"):
        _read_request(entry, request)
    elif resource is None:
        entry.problems.append(Problem(where, "has no resource"))
    return entry


def _read_request(entry: Entry, request: Any) -> None:
    """What the sender asks to be done with the resource: to create or to update it is all that an import does."""
    where = f"{entry.place}.request"
    method = request.get("method") if type(request) is dict else None
    url = request.get("url") if type(request) is dict else None
    if type(method) is not str or type(url) is not str:
        entry.problems.append(Problem(where, "is missing, or has no method and url"))
    elif method not in ("POST", "PUT"):
        entry.problems.append(Problem(where, f"asks for {method[:10]}: an import creates and updates, nothing else"))
    elif not entry.resource:
        entry.problems.append(Problem(entry.place, "has no resource"))
    elif _target(url)[0] != entry.type:
        entry.problems.append(Problem(where, "asks for another type than its resource has"))
    else:
        condition = url.partition("?")[2] or request.get("ifNoneExist", "")
        entry.condition = condition.lstrip("?") if type(condition) is str else ""
        _check_put(entry, method, url)


def _check_put(entry: Entry, method: str, url: str) -> None:
    if method == "PUT" and "?" not in url and _target(url)[1] != entry.resource.get("id"):
        entry.problems.append(Problem(f"{entry.place}.request", "updates another id than its resource has"))


def _target(url: str) -> tuple[str, str]:
    """Type and id of a request's URL, which may be relative to the server or not."""
    path = url.partition("?")[0].strip("/")
    if path.startswith(("http://", "https://")):
        path = "/".join(path.split("/")[-2:])
    kind, _, external_id = path.partition("/")
    return kind, external_id


def _name(resource: Any) -> str:
    name = resource.get("resourceType") if type(resource) is dict else None
    return name if type(name) is str and name.isascii() and name.isalpha() else ""
