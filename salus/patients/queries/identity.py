"""Who one patient is: the row, its numbers and how to reach him or her."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from salus.core import crypto
from salus.core.act import Act
from salus.patients import access
from salus.patients.access.reading import patient_known
from salus.patients.models import CareRelation, Identifier, Patient
from salus.patients.queries.lines import COLUMNS, LIVE, Candidate, PatientLine, flag_similar
from salus.patients.rules import contacts
from salus.ui import formatting

_IN_CARE = f"""
    SELECT count(*) OVER () AS total, r.since, {COLUMNS} FROM (
        SELECT patient_id, max(started_at) AS since FROM patients_carerelation
        WHERE practitioner_id = %s AND ended_at IS NULL AND voided_at IS NULL GROUP BY patient_id
    ) r JOIN patients_patient p ON p.id = r.patient_id
    WHERE {LIVE} AND {{opens}} ORDER BY r.since DESC LIMIT %s
"""  # noqa: S608 - only constants of this module


@dataclass(frozen=True, slots=True)
class Identity:
    """A patient with everything that the identity page shows; lists are FHIR ContactPoint, Address and HumanName."""

    patient: Patient
    identifiers: tuple[Identifier, ...]
    telecom: tuple[dict[str, Any], ...]
    addresses: tuple[dict[str, Any], ...]


def identity_of(act: Act, patient_id: UUID) -> Identity:
    """All of who a patient is; two statements.

    :raises NotAllowed: without a right to open or to change patients (to find them is not enough)
    :raises NotFound: if there is none here that this act may see
    """
    act.require_for_some("patients.open", "patients.update_patient")
    return identity_with(act, patient_known(act, patient_id, to=access.IDENTIFY).patient)


def identity_with(act: Act, patient: Patient) -> Identity:
    """As `identity_of`, for a patient whose page has read the row already; one statement."""
    act.require_for_some("patients.open", "patients.update_patient")
    numbers = Identifier.objects.filter(patient_id=patient.id, voided_at__isnull=True).order_by("created_at", "id")
    return Identity(patient, tuple(numbers), tuple(listed(patient.telecom)), tuple(listed(patient.addresses)))


@dataclass(frozen=True, slots=True)
class Carer:
    """Somebody, or a department, who cares for a patient now."""

    name: str
    kind: str
    since: datetime


def who_cares(act: Act, patient_id: UUID) -> list[Carer]:
    """Who cares for a patient now, the newest first; at most ten."""
    act.require_any("patients.open", "patients.update_patient")
    rows = CareRelation.objects.filter(patient_id=patient_id, ended_at__isnull=True, voided_at__isnull=True)
    found: dict[str, Carer] = {}
    for row in rows.select_related("practitioner", "department").order_by("-started_at")[:30]:
        person, place = row.practitioner, row.department
        who = formatting.full_name(person.family, person.given, person.title) if person else place.name if place else ""
        found.setdefault(who, Carer(who, row.get_kind_display(), row.started_at))
    return list(found.values())[:10]


def patients_in_care(act: Act, practitioner_id: UUID, limit: int = 20) -> tuple[int, list[PatientLine]]:
    """How many patients somebody cares for now, and those who came last, of those whose record this act may open.

    :raises NotAllowed: without a right to find or to open patients
    """
    act.require_any("patients.find", "patients.open")
    with connection.cursor() as cursor:
        cursor.execute(_IN_CARE.format(opens=access.opens_sql(act, "p")), [practitioner_id, act.facility_id, limit])
        rows = cursor.fetchall()
    lines = flag_similar([Candidate(row[2:]).line for row in rows])
    act.shows(*(line.id for line in lines))
    return (rows[0][0] if rows else 0), lines


def patients_by_ids(act: Act, ids: Iterable[UUID]) -> dict[UUID, Patient]:
    """The visible ones of these patients by id, without their sealed columns; each counts as shown."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = (
        Patient.objects.visible_to(act)
        .filter(id__in=wanted)
        .defer("telecom", "addresses", "contact_keys", "name_words")
    )
    found = {row.id: row for row in rows}
    act.shows(*found)
    return found


def patient_by_identifier(act: Act, *, system: str | None, value: str) -> list[Patient]:
    """Patients with this number (its notation does not matter), of one system or of any."""
    act.require_any("patients.find", "patients.open")
    rows = Patient.objects.visible_to(act).filter(
        identifiers__value_key__in=identifier_indexes(value), identifiers__voided_at__isnull=True
    )
    if system is not None:
        rows = rows.filter(identifiers__system=system)
    found = list(rows.distinct())
    act.shows(*(row.id for row in found))
    return found


def identifier_key(value: str) -> bytes:
    """The blind index of a number of another record."""
    return crypto.blind_index("identifier", contacts.identifier(value))


def indexes_of_contacts(telecom: str) -> list[bytes]:
    """The blind indexes of contacts as they are kept (JSON)."""
    return contact_keys(listed(telecom), settings.SALUS_REGION)


def identifier_indexes(value: str) -> list[bytes]:
    """Every blind index by which a number may stand there."""
    return crypto.blind_indexes("identifier", contacts.identifier(value))


def contact_keys(telecom: Iterable[Mapping[str, Any]], region: str) -> list[bytes]:
    """The blind indexes of phones and e-mail addresses."""
    return [crypto.blind_index(kind, value) for kind, value in contacts.contact_texts(telecom, region)]


_READ = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)
_WRITE = msgspec.json.Encoder(decimal_format="number")


def listed(opened: str) -> list[dict[str, Any]]:
    """FHIR elements from the JSON text of an opened column, decimals (an address on the map) as they were written."""
    return _READ.decode(opened) if opened else []


def as_text(elements: Sequence[Mapping[str, Any]]) -> str:
    """FHIR elements as the JSON text to be sealed; empty for none."""
    return _WRITE.encode(elements).decode() if elements else ""
