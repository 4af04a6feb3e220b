"""Appointment/$find: free times as proposed appointments, to be posted as they stand (IHE ITI Scheduling, after Argonaut)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.fhir.mapping.concepts import instant_text, reference_to, without_empty
from salus.fhir.serving import slots
from salus.fhir.serving.asked import Pair, printable
from salus.fhir.serving.instants import Span, span_of
from salus.fhir.serving.loading import kind_of, row_of
from salus.fhir.serving.outcomes import FhirError, issue, outcome
from salus.fhir.written import JSON
from salus.places.models import Facility
from salus.scheduling.models import Appointment, Schedule
from salus.scheduling.queries.free import FreeSlot, Wish, availability
from salus.scheduling.queries.plans import Offering

DEFINITION = "https://profiles.ihe.net/ITI/Scheduling/OperationDefinition/appointment-find"
_COUNT, _MOST = 50, 500
#: kinds of visit in one question: each is looked for by itself, because each lasts as long as it does
_KINDS = 3
#: what it may be asked
KNOWN = ("start", "end", "practitioner", "specialty", "visit-type", "organization", "patient-reference", "reason")
_ONCE = ("start", "end", "patient-reference", "_count")
DOCUMENTATION = f"""Parameters, by GET or as Parameters: {", ".join(KNOWN)}, _count. Of what is said several times one \
is enough; without an end it is two weeks. A proposal names the Slot that it takes: add the patient and post it to Appointment."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer, and for whom it was asked."""

    bundle: JSON
    patient_id: UUID | None


def pairs_of(body: JSON) -> list[Pair]:
    """The parameters of a Parameters resource, as they would stand in an address.

    :raises FhirError: 400 for a value that no parameter here has
    """
    return [(str(one.get("name", "")), _text(one)) for one in body.get("parameter", ())]


def _text(parameter: JSON) -> str:
    kind = next((key for key in parameter if key.startswith("value")), "")
    value: Any = parameter.get(kind)
    if kind == "valueReference":
        value = value.get("reference")
    elif kind in ("valueCoding", "valueCodeableConcept"):
        coding: JSON = next(iter(value.get("coding", [value])), {})
        value = f"{coding['system']}|{coding.get('code', '')}" if "system" in coding else coding.get("code")
    if value is None or isinstance(value, (dict, list)):
        raise FhirError(400, "A parameter has no value that is understood here.", expression="Parameters.parameter")
    return str(value)


def find(act: Act, pairs: Sequence[Pair], *, lenient: bool, base_url: str) -> Found:
    """What is free and fits, the earliest first.

    :param lenient: leave out what is not supported, and say so in the answer (Prefer: handling=lenient)
    :raises FhirError: 400 for what cannot be asked, 404 for a patient who is not here
    """
    act.require("scheduling.view")
    said, ignored = _said(pairs, lenient)
    patient = _patient(act, said)
    first, until = _window(act, said)
    count = _count(said)
    found: list[tuple[FreeSlot, str]] = []
    for code in _codes(said, "visit-type") or [""]:
        free = _free(act, said, code, first, until, _MOST if patient else count)
        found += [(one, code) for one in free]
    taken = _elsewhere(act, patient, first, until) if patient else []
    fitting = [one for one in found if not any(one[0].starts_at < b and a < one[0].ends_at for a, b in taken)]
    fitting.sort(key=lambda one: (one[0].starts_at, one[0].offering.schedule))
    entries = [_proposal(one, code, patient, said.get("reason", ())) for one, code in fitting[:count]]
    return Found(_bundle(entries, ignored, base_url), patient)


def _said(pairs: Sequence[Pair], lenient: bool) -> tuple[dict[str, list[str]], list[str]]:
    said: dict[str, list[str]] = {}
    ignored = []
    for name, value in pairs:
        if "\0" in value:
            raise FhirError(400, "A parameter holds a NUL character.")
        if name in KNOWN or name == "_count":
            said.setdefault(name, []).append(value)
        elif name in ("_format", "_pretty"):
            continue
        elif not lenient:
            raise FhirError(400, f"There is no parameter {printable(name)} here.", code="not-supported")
        else:
            ignored.append(printable(name))
    for name in _ONCE:
        if len(said.get(name, ())) > 1:
            raise FhirError(400, f"{name} is said once.", code="not-supported", expression=name)
    return said, ignored


def _window(act: Act, said: dict[str, list[str]]) -> tuple[datetime, datetime]:
    since, until = (_when(said, name) for name in ("start", "end"))
    first = max(act.at, since.start) if since else act.at
    last = until.end if until else slots.usual_end(first)
    if since and until and until.end <= since.start:
        raise FhirError(400, "The end is before the start.", expression="end")
    return first, last


def _when(said: dict[str, list[str]], name: str) -> Span | None:
    text = said[name][0] if name in said else ""
    if text and not text[0].isdigit():
        raise FhirError(400, "This is no date: write 2019-03-04 or 2019-03-04T10:15:00Z.", expression=name)
    return span_of(text, name) if name in said else None


def _count(said: dict[str, list[str]]) -> int:
    text = said.get("_count", [str(_COUNT)])[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FhirError(400, "_count is a whole number.", expression="_count")
    return min(int(text), _MOST)


def _codes(said: dict[str, list[str]], name: str) -> list[str]:
    """The codes of tokens; ours belong to no system, and those of another are none of ours."""
    alternatives = dict.fromkeys(one for value in said.get(name, ()) for one in value.split(","))
    if name == "visit-type" and len(alternatives) > _KINDS:
        raise FhirError(400, f"At most {_KINDS} kinds of visit at once.", code="too-costly", expression=name)
    return [one.removeprefix("|") for one in alternatives]


def _ids(said: dict[str, list[str]], name: str, kind: str) -> list[UUID]:
    found = []
    for text in said.get(name, ()):
        try:
            found.append(UUID(text.rpartition(f"{kind}/")[2]))
        except ValueError:
            continue  # of elsewhere: not here
    return found


def _patient(act: Act, said: dict[str, list[str]]) -> UUID | None:
    if "patient-reference" not in said:
        return None
    text = said["patient-reference"][0].rpartition("Patient/")[2]
    row: Any = row_of(act, kind_of("Patient"), text)
    return UUID(str(row.id))


def _free(
    act: Act, said: dict[str, list[str]], code: str, first: datetime, until: datetime, most: int
) -> list[FreeSlot]:
    """The first free times for one kind of visit."""
    whose: tuple[UUID, ...] = ()
    if "practitioner" in said:
        rows = Schedule.objects.visible_to(act).current()
        people = _ids(said, "practitioner", "Practitioner")
        whose = tuple(rows.filter(practitioner_id__in=people).values_list("id", flat=True))
    nobody = "practitioner" in said and not whose
    if nobody or until <= first or not most or not _is_here(act, said):
        return []
    specialties = set(_codes(said, "specialty"))

    def keep(one: Offering) -> bool:
        return not specialties or not specialties.isdisjoint(one.specialties)

    day, days = slots.days_of(act, first, until)
    wish = Wish(day, days, schedule_ids=whose, service_code=code, since=first)
    free = availability(act, wish, most=most, keep=keep).slots
    return [one for one in free if one.starts_at >= first and one.ends_at <= until]


def _is_here(act: Act, said: dict[str, list[str]]) -> bool:
    """Whether it is asked of this hospital at all."""
    houses = _ids(said, "organization", "Organization")
    return "organization" not in said or Facility.objects.filter(id=act.here, organization_id__in=houses).exists()


def _elsewhere(act: Act, patient_id: UUID, first: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the patient has an appointment that this program sees; what it does not see, booking tells."""
    rows = Appointment.objects.visible_to(act).filter(patient_id=patient_id, status__in=("booked", "arrived"))
    periods = rows.filter(voided_at=None, period__overlap=(first, until)).values_list("period", flat=True)
    return [(one.lower, one.upper) for one in periods]


def _proposal(one: FreeSlot, code: str, patient_id: UUID | None, reasons: Sequence[str]) -> JSON:
    offering, length = one.offering, one.ends_at - one.starts_at
    seen_by = reference_to("Practitioner", offering.practitioner_id)
    actor = (seen_by or reference_to("HealthcareService", offering.department_id) or {}) | {
        "display": offering.schedule
    }
    whom = reference_to("Patient", patient_id)
    specialty = {"coding": [{"code": offering.specialty}], "text": offering.specialty}
    return without_empty(
        {
            "resourceType": "Appointment",
            "status": "proposed",
            "serviceType": [{"coding": [{"code": code}]}] if code else [],
            "specialty": [specialty] if offering.specialty else [],
            "reasonCode": [_concept(text) for text in reasons if text],
            "start": instant_text(one.starts_at.astimezone(UTC)),
            "end": instant_text(one.ends_at.astimezone(UTC)),
            "minutesDuration": int(length.total_seconds() // 60),
            "slot": [reference_to("Slot", slots.slot_id(one.schedule_id, one.starts_at))],
            "participant": [{"actor": who, "status": "needs-action"} for who in (actor, whom) if who],
        }
    )


def _concept(token: str) -> JSON:
    system, bar, code = token.rpartition("|")
    return {"coding": [without_empty({"system": system, "code": code})]} if bar and code else {"text": token}


def _bundle(proposals: Sequence[JSON], ignored: Sequence[str], base_url: str) -> JSON:
    entries: list[JSON] = [{"resource": one, "search": {"mode": "match"}} for one in proposals]
    if ignored:
        words = f"Ignored, because it is not supported here: {', '.join(ignored)}"
        told = outcome(issue(200, words, code="not-supported", severity="warning"))
        entries.append({"resource": told, "search": {"mode": "outcome"}})
    bundle: JSON = {"resourceType": "Bundle", "type": "searchset", "total": len(proposals)}
    bundle["link"] = [{"relation": "self", "url": f"{base_url}/Appointment/$find"}]
    return bundle | ({"entry": entries} if entries else {})
