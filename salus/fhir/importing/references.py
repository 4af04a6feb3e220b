"""What the references of a bundle lead to: another entry, a row that is here, or a place elsewhere that stays named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from salus.core.ids import uuid7
from salus.fhir.checking import Problem
from salus.fhir.importing.bundles import Entry
from salus.fhir.importing.keys import UUID_SOURCE, Key, absolute_parts, identifier_keys, key_of, look_up, uuid_of
from salus.fhir.importing.linked import Linked
from salus.fhir.written import JSON

#: whom a conditional reference or a conditional create may name by an identifier: never a patient
NAMED = frozenset({"Practitioner", "Organization", "Location", "PractitionerRole", "Device"})


class Resolver:
    """Every reference of a bundle, looked up together. `fresh` are links that the bundle needs and nobody has made yet."""

    def __init__(self, entries: Sequence[Entry], source: str) -> None:
        self.source = source
        self.fresh: dict[Key, str] = {}
        self.linked: Mapping[Key, Linked] = {}
        self.stored: set[tuple[str, str]] = set()
        self._by_url = {entry.full_url: entry for entry in entries if entry.full_url}
        self._by_id: dict[str, Entry | None] = {}
        self._by_identifier: dict[Key, Entry] = {}
        self._by_uuid: dict[str, list[Linked]] = {}
        for entry in entries:
            name = f"{entry.type}/{entry.resource.get('id')}"
            self._by_id[name] = None if name in self._by_id else entry
            if entry.type in NAMED:
                self._by_identifier.update(dict.fromkeys(identifier_keys(entry), entry))

    def look_up(self, entries: Iterable[Entry]) -> None:
        """Read all links that these entries and their references may need."""
        keys: list[Key] = []
        uuids: list[str] = []
        for entry in entries:
            keys += entry.keys
            if entry.type in NAMED:
                keys += identifier_keys(entry)
            for reference in entry.references:
                self._note(entry, reference["reference"], keys, uuids)
        self.linked = look_up(keys, uuids)
        self.stored = {(one.type, one.row_id) for one in self.linked.values() if one.is_stored}
        for key, one in self.linked.items():
            if key[0] == UUID_SOURCE:
                self._by_uuid.setdefault(key[2], []).append(one)

    def _note(self, entry: Entry, text: str, keys: list[Key], uuids: list[str]) -> None:
        if self._entry(entry, text):
            return
        uuid = uuid_of(text)
        if uuid:
            uuids.append(uuid)
        else:
            key = self._key(entry, text)
            keys += [key] if key else self._search_keys(text)

    # ------------------------------------------------------------ rewriting

    def rewrite(self, entry: Entry, *, is_whole: bool) -> None:
        """Make every reference of an entry ours; what is elsewhere keeps the name that it has there."""
        for reference in entry.references:
            text = reference["reference"]
            ours = self._ours(entry, text)
            if ours:
                entry.rewrite(reference, "reference", ours)
            elif "?" in text and not text.startswith("http"):
                entry.problems.append(Problem(entry.place, "refers by a search to what is not here, or not alone"))
            elif text.startswith("urn:") and is_whole:
                entry.problems.append(Problem(entry.place, "refers to an entry that is not in the bundle"))
        for holder, key in entry.links:
            target = self._by_url.get(holder[key])
            if target is not None and target.row_id:
                entry.rewrite(holder, key, f"{target.type}/{target.row_id}")
        narrative = entry.resource.get("text")
        if isinstance(narrative, dict) and "urn:" in narrative.get("div", ""):
            self._rewrite_narrative(entry, narrative)

    def _ours(self, entry: Entry, text: str) -> str:
        target = self._entry(entry, text)
        if target is not None:
            return f"{target.type}/{target.row_id}" if target.row_id else ""
        uuid = uuid_of(text)
        if uuid:
            found = self._by_uuid.get(uuid, [])
            return f"{found[0].type}/{found[0].row_id}" if len(found) == 1 else ""
        key = self._key(entry, text)
        if key is None:
            rows = {self.linked[one].row_id: one[1] for one in self._search_keys(text) if one in self.linked}
            return "".join(f"{kind}/{row}" for row, kind in rows.items()) if len(rows) == 1 else ""
        known = self.linked.get(key)
        if known is not None:
            return f"{key[1]}/{known.row_id}"
        if text.startswith("http") or entry.base:
            return text if text.startswith("http") else f"{entry.base}/{text}"
        return f"{key[1]}/{self.fresh.setdefault(key, str(uuid7()))}"

    def _entry(self, entry: Entry, text: str) -> Entry | None:
        bare = text.partition("/_history/")[0]
        found = self._by_url.get(text) or self._by_url.get(bare)
        if found is None and "?" in text and not text.startswith("http"):
            found = next((self._by_identifier[k] for k in self._search_keys(text) if k in self._by_identifier), None)
        if found is None and ":" not in bare:
            found = self._by_url.get(f"{entry.base}/{bare}") if entry.base else None
            found = found or self._by_id.get(bare)
        return found

    def _key(self, entry: Entry, text: str) -> Key | None:
        bare = text.partition("/_history/")[0].partition("#")[0]
        parts = absolute_parts(bare)
        if parts:
            return key_of(*parts)
        kind, _, rest = bare.partition("/")
        return key_of(entry.base or self.source, kind, rest) if rest and ":" not in bare and "?" not in bare else None

    def _search_keys(self, text: str) -> list[Key]:
        """The keys of `Practitioner?identifier=system|value`."""
        kind, _, search = text.partition("?")
        return condition_keys(kind, search) if ":" not in kind else []

    def _rewrite_narrative(self, entry: Entry, narrative: JSON) -> None:
        for url, target in self._by_url.items():
            if url.startswith("urn:") and target.row_id and url in narrative["div"]:
                entry.rewrite(
                    narrative, "div", narrative["div"].replace(f'"{url}"', f'"{target.type}/{target.row_id}"')
                )


def condition_keys(kind: str, search: str) -> list[Key]:
    """The keys of a search by identifier alone; a search by anything else would be likeness."""
    asked = parse_qsl(search)
    if kind not in NAMED or len(asked) != 1 or asked[0][0] != "identifier" or "|" not in asked[0][1]:
        return []
    system, _, value = asked[0][1].partition("|")
    return [(f"identifier|{system}", kind, value)]
