"""Filing one bundle: check, link, rewrite, map, store; in one transaction, whole or not at all where it asks for that."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg import errors as pg

from salus.core.act import Act, Trace
from salus.core.ids import uuid7
from salus.fhir.checking import Problem, check
from salus.fhir.importing import keys as linking
from salus.fhir.importing.bundles import Bundle, Entry
from salus.fhir.importing.keys import Key
from salus.fhir.importing.linked import Linked
from salus.fhir.importing.references import NAMED, Resolver, condition_keys
from salus.fhir.importing.rows import Filed, row_of
from salus.fhir.importing.storing import NotStored, Raced, describe, store_bundle
from salus.fhir.mapping import MAPPINGS
from salus.fhir.mapping.composition import signers
from salus.fhir.mapping.context import Context, Known, Missing, Refused
from salus.fhir.mapping.roles import practitioners_of, roles_in
from salus.fhir.written import encode
from salus.staff.models import StaffMember

_RANK = {name: rank for rank, name in enumerate(MAPPINGS)}
_ATTEMPTS = 6
#: troubles between two transactions that are over when one of them is
_PASSING = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bundle was found, and as what it is filed."""

    source: str
    file_digest: str
    #: what refers to something that is not here waits for another pass; in the last one it is filed or refused as it is
    is_last_pass: bool = True


@dataclass(slots=True)
class Outcome:
    """What became of a bundle: counts by (type, what), the entries that were refused, and whether to try again later."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: list[Entry] = field(default_factory=list)
    #: of a transaction, why the entries without a mistake of their own were refused as well
    is_whole: bool = False
    waits: bool = False


def file_bundle(act: Act, bundle: Bundle, place: Place, known: Known) -> Outcome:
    """File the entries of a bundle.

    A transaction is stored whole or refused whole; of other bundles what is good is stored. An entry that was received
    before in just these words is left alone.
    """
    for entry in bundle.entries:
        _check(entry)
    careful = False
    for _ in range(_ATTEMPTS):
        try:
            return _Filing(act, bundle, place, known).run(careful=careful)
        except Raced:
            pass
        except NotStored:
            careful = True
        except OperationalError as error:
            if not isinstance(error.__cause__, _PASSING):
                raise
            time.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - jitter
        except DatabaseError as error:
            if bundle.is_whole:
                return _refuse_whole(bundle, f"the database refuses it ({describe(error)})")
            careful = True
        for entry in bundle.entries:
            entry.restore()
    raise Raced


def _refuse_whole(bundle: Bundle, reason: str) -> Outcome:
    if not any(entry.problems for entry in bundle.entries) and bundle.entries:
        bundle.entries[0].problems.append(Problem(bundle.entries[0].place, reason))
    counts = Counter((entry.name, "rejected") for entry in bundle.entries)
    return Outcome(counts, [entry for entry in bundle.entries if entry.problems], is_whole=True)


def _check(entry: Entry) -> None:
    if entry.problems:
        entry.checked = list(entry.problems)
        return
    found = check(entry.resource)
    entry.checked = [Problem(f"{entry.place}: {one.place}", one.reason) for one in found.problems]
    entry.problems = list(entry.checked)
    entry.references, entry.links = found.references, found.links


def _of_this_house(entries: Sequence[Entry], roles: Mapping[str, str]) -> frozenset[UUID]:
    named = {who for entry in entries if entry.type == "Composition" for who in signers(entry.resource)}
    people = {who: UUID(roles.get(str(who), str(who))) for who in named}
    rows = StaffMember.objects.filter(practitioner_id__in=set(people.values()))
    ours = set(rows.values_list("practitioner_id", flat=True)) if named else set()
    return frozenset(who for who, person in people.items() if person in ours)


class _Filing:
    """One attempt at one bundle."""

    def __init__(self, act: Act, bundle: Bundle, place: Place, known: Known) -> None:
        self.act = replace(act, id=uuid7(), trace=Trace())
        self.bundle, self.place = bundle, place
        self.good = [entry for entry in bundle.entries if not entry.problems]
        self.resolver = Resolver(self.good, place.source)
        assert act.facility_id is not None
        self.context = Context(facility_id=act.facility_id, known=known)
        self.unchanged: list[Entry] = []
        self.filed: list[Filed] = []
        self.waits = False

    def run(self, *, careful: bool) -> Outcome:
        if self.bundle.is_whole and len(self.good) < len(self.bundle.entries):
            return _refuse_whole(self.bundle, "")
        self._identify()
        self._rewrite()
        self._map()
        if self.waits and not self.place.is_last_pass:
            return Outcome(waits=True)
        if self.bundle.is_whole and any(entry.problems for entry in self.good):
            return _refuse_whole(self.bundle, "")
        try:
            self._store(careful)
        except NotStored:
            if not self.bundle.is_whole:
                raise
            return _refuse_whole(self.bundle, "")
        return self._outcome()

    # ------------------------------------------------------------ which row each entry is

    def _identify(self) -> None:
        seen: dict[Key, int] = {}
        for entry in self.good:
            entry.keys = linking.keys_of(entry, self.place.source) or [linking.content_key(entry, seen)]
        self.resolver.look_up(self.good)
        taken: dict[str, Entry] = {}
        for entry in self.good:
            links = self.resolver.linked
            known = next((links[key] for key in [*entry.keys, *self._conditions(entry)] if key in links), None)
            fresh = next((self.resolver.fresh[key] for key in entry.keys if key in self.resolver.fresh), None)
            entry.row_id = known.row_id if known else fresh or str(uuid7())
            entry.linked = known
            if entry.row_id in taken:
                self._twice(entry, taken[entry.row_id])
            taken.setdefault(entry.row_id, entry)
            for key in [*entry.keys, *(linking.identifier_keys(entry) if entry.type in NAMED else ())]:
                if key not in links:
                    self.resolver.fresh.setdefault(key, entry.row_id)
        self.context.siblings = {(entry.type, entry.row_id): entry.resource for entry in self.good}

    def _conditions(self, entry: Entry) -> list[Key]:
        return condition_keys(entry.type, entry.condition) if entry.condition else []

    def _twice(self, entry: Entry, first: Entry) -> None:
        entry.repeats = first
        if not self.bundle.is_whole and encode(entry.resource) == encode(first.resource):
            return
        entry.problems.append(Problem(entry.place, f"comes twice in one bundle (also {first.place})"))

    # ------------------------------------------------------------ in our words

    def _rewrite(self) -> None:
        for entry in self.good:
            self.resolver.rewrite(entry, is_whole=self.bundle.is_whole)
            entry.set_id(entry.row_id)
            content = encode(entry.resource)
            if b"\\u0000" in content:
                entry.problems.append(Problem(entry.place, "holds a NUL character, which no text may hold"))
            entry.content = content.decode()
            entry.digest = hashlib.blake2b(content, digest_size=16).digest()

    # ------------------------------------------------------------ rows

    def _map(self) -> None:
        self.context.present = set(self.resolver.stored)
        if self.bundle.is_whole:
            self.context.present |= {(entry.type, entry.row_id) for entry in self.good}
        named = roles_in(reference for entry in self.good for reference in entry.references)
        self.context.roles = practitioners_of(named, self.context.siblings)
        coming = {(entry.type, entry.row_id) for entry in self.good}
        self.context.present |= {("Practitioner", who) for who in self.context.roles.values()} - coming
        self.context.ours = _of_this_house(self.good, self.context.roles)
        has_patient = any(entry.type == "Patient" for entry in self.good)
        for entry in sorted(self.good, key=lambda one: _RANK.get(one.type, len(_RANK))):
            if entry.problems:
                continue
            if entry.repeats or self._is_known(entry, has_patient):
                self.unchanged.append(entry)
            else:
                self._map_one(entry)
            if not entry.problems:
                self.context.present.add((entry.type, entry.row_id))
        if self.context.absent:
            self.waits = True

    def _is_known(self, entry: Entry, has_patient: bool) -> bool:
        """Whether there is nothing to do: received before, or somebody known who is only named in a patient's bundle."""
        linked: Linked | None = entry.linked
        if linked is None or linked.digests is None:
            return False
        return entry.digest in linked.digests or bool(entry.condition) or (has_patient and entry.type in NAMED)

    def _map_one(self, entry: Entry) -> None:
        try:
            self.filed.append(row_of(entry, self.context))
        except Refused as refusal:
            self.waits = self.waits or isinstance(refusal, Missing)
            where = f"{entry.place}: {entry.type}{'.' if refusal.element else ''}{refusal.element}"
            entry.problems.append(Problem(where, refusal.reason))

    # ------------------------------------------------------------ store

    def _store(self, careful: bool) -> None:
        if not self.filed:
            return
        with transaction.atomic(), connection.wrap_database_errors:
            store_bundle(self.act, self.filed, self.resolver.fresh, self.place.file_digest, careful=careful)
            if self.bundle.is_whole and any(entry.problems for entry in self.good):
                raise NotStored

    def _outcome(self) -> Outcome:
        outcome = Outcome(refused=[entry for entry in self.bundle.entries if entry.problems])
        for entry in self.unchanged:
            outcome.counts[entry.name, "unchanged"] += 1
        for one in self.filed:
            if not one.entry.problems:
                outcome.counts[one.entry.name, "updated" if one.is_update else "stored"] += 1
        for entry in outcome.refused:
            outcome.counts[entry.name, "rejected"] += 1
        return outcome
