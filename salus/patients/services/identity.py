"""Registering a patient and changing who a patient is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from salus.core import files
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.photos import BadPhoto, as_jpeg
from salus.patients.facts import PatientRegistered, PatientUpdated
from salus.patients.models import Patient, PatientSearchArray
from salus.patients.numbers import replace_identifiers, write_identifiers
from salus.patients.queries.identity import as_text, contact_keys
from salus.patients.rules import names as naming
from salus.patients.vocabulary import teach, words_of

__all__ = ["BadPhoto", "IdentifierTaken", "register_patient", "update_patient"]

#: what `update_patient` may change, beside `identifiers` and `photo`
_TEXTS = ("family", "given", "title", "preferred_name", "gender", "language", "marital_status")
_CHANGES = (*_TEXTS, "birth_date", "names", "telecom", "addresses", "deceased", "is_deceased", "is_active")
_NAMING = {"family", "given", "preferred_name", "names"}
_OLDEST = 140


class IdentifierTaken(Conflict):
    """Another patient has this number."""

    def __init__(self, place: int, patient_id: UUID | None) -> None:
        super().__init__(_("Another patient has this number already. Check it, and whether this is the same person."))
        #: its place in the list of identifiers that was given
        self.place = place
        self.patient_id = patient_id


@transaction.atomic
def register_patient(
    act: Act,
    *,
    family: str,
    given: str,
    title: str = "",
    gender: str = "unknown",
    birth_date: str | None = None,
    names: Sequence[Mapping[str, Any]] | None = None,
    telecom: Sequence[Mapping[str, Any]] = (),
    addresses: Sequence[Mapping[str, Any]] = (),
    identifiers: Sequence[Mapping[str, str]] = (),
    language: str = "",
    marital_status: str = "",
    preferred_name: str = "",
    photo: bytes | None = None,
) -> Patient:
    """Make somebody known here, with a record number that nobody else has or had.

    :param birth_date: FHIR date, perhaps a year or a month only
    :param names: further FHIR HumanNames (another script, a former name)
    :param telecom: FHIR ContactPoints; `addresses`: FHIR Addresses
    :param identifiers: `kind`, `system` and `value` of numbers by which others know the patient
    :raises Invalid: for a missing name, an impossible birth date or a photo that is none
    :raises IdentifierTaken: if another patient has one of the numbers
    """
    act.require("patients.register_patient")
    if act.facility_id is None:
        raise Invalid(_("A patient is registered in a facility."))
    patient = Patient(facility_id=act.facility_id, recorded_by_id=act.by)
    _put_name(patient, family=family, given=given, title=title, preferred_name=preferred_name, names=list(names or ()))
    patient.gender, patient.language, patient.marital_status = _gender(gender), language, marital_status
    _put_birth_date(patient, birth_date, act)
    _put_contacts(patient, telecom, addresses)
    if photo:
        patient.photo = files.keep_file(act, as_jpeg(photo), media_type="image/jpeg", patient_id=patient.id)
    patient.save(force_insert=True)
    taken = write_identifiers(act, patient.id, identifiers, words=words_of(_texts(patient)))
    if taken is not None:
        raise IdentifierTaken(*taken)
    act.trace.made.add(patient.id)
    announce(act, PatientRegistered(patient_id=patient.id, facility_id=patient.facility_id))
    return patient


@transaction.atomic
def update_patient(act: Act, *, patient_id: UUID, version: int, **changes: Any) -> Patient:
    """Change who a patient is or how to reach him or her; only what is named in `changes` changes.

    `changes` are named as in `register_patient`, and `deceased` (FHIR date or None), `is_deceased`, `is_active`;
    `identifiers` is the whole new list: numbers that are not in it any more are voided; `photo=None` takes it away.
    :raises Stale: if somebody changed the patient since version `version` was read
    :raises Invalid: as `register_patient`
    :raises IdentifierTaken: if another patient has one of the numbers
    """
    act.require("patients.update_patient")
    unknown = changes.keys() - {*_CHANGES, "identifiers", "photo"}
    if unknown:
        raise TypeError(f"a patient has no {', '.join(sorted(unknown))} to change")
    patient = Patient.objects.identified_to(act).select_for_update().get(id=patient_id)
    if patient.version != version:
        raise Stale
    changed = _apply(act, patient, changes)
    if "identifiers" in changes:
        words = words_of(_texts(patient)) if changed & _NAMING else ()
        outcome = replace_identifiers(act, patient.id, changes["identifiers"], words=words)
        if outcome.taken is not None:
            raise IdentifierTaken(*outcome.taken)
        if outcome.changed:
            changed.add("identifiers")
    if not changed:
        return patient
    # Numbers are part of who the patient is: a change of them alone is a new version of the patient too.
    patient.save(update_fields=[*_columns(changed), "merged_into"])
    if changed & _NAMING and "identifiers" not in changes:
        teach(words_of(_texts(patient)))
    announce(act, PatientUpdated(patient_id=patient.id, changed=tuple(sorted(changed))))
    return patient


def _apply(act: Act, patient: Patient, changes: Mapping[str, Any]) -> set[str]:
    """Put the changes on the row; the names of those that really differ."""
    before = {name: _comparable(patient, name) for name in changes if name in _CHANGES}
    naming_now = {name: getattr(patient, name) for name in ("family", "given", "title", "preferred_name", "names")}
    if changes.keys() & naming_now.keys():
        _put_name(patient, **(naming_now | {name: changes[name] for name in changes.keys() & naming_now.keys()}))
    if "gender" in changes:
        patient.gender = _gender(changes["gender"])
    for name in ("language", "marital_status", "is_deceased", "is_active"):
        if name in changes:
            setattr(patient, name, changes[name])
    if "birth_date" in changes:
        _put_birth_date(patient, changes["birth_date"], act)
    if "deceased" in changes:
        patient.deceased = _date("deceased", changes["deceased"]) if changes["deceased"] else None
        patient.is_deceased = bool(changes.get("is_deceased", patient.deceased is not None))
    if changes.keys() & {"telecom", "addresses"}:
        _put_contacts(patient, changes.get("telecom"), changes.get("addresses"))
    changed = {name for name, was in before.items() if _comparable(patient, name) != was}
    if "photo" in changes and (changes["photo"] or patient.photo_id):
        content = changes["photo"]
        kept = (
            files.keep_file(act, as_jpeg(content), media_type="image/jpeg", patient_id=patient.id) if content else None
        )
        patient.photo = kept
        changed.add("photo")
    return changed


def _columns(changed: Iterable[str]) -> set[str]:
    columns = set(changed) - {"identifiers"}
    if columns & _NAMING:
        columns |= {"name_words", "sort_key", "given_key"}
    if "birth_date" in columns:
        columns.add("born_on")
    if "telecom" in columns:
        columns.add("contact_keys")
    if "deceased" in columns:
        columns.add("is_deceased")
    return columns


def _comparable(patient: Patient, name: str) -> Any:
    value = getattr(patient, name)
    return str(value) if isinstance(value, PartialDate) else value


def _put_name(
    patient: Patient, *, family: str, given: str, title: str, preferred_name: str, names: Sequence[Mapping[str, Any]]
) -> None:
    patient.family, patient.given, patient.title, patient.preferred_name = (
        " ".join((text or "").split()) for text in (family, given, title, preferred_name)
    )
    if not patient.family:
        raise Invalid(family=_("Write the family name, or the only name."))
    if any(len(text) > 200 for text in (patient.family, patient.given, patient.title, patient.preferred_name)):
        raise Invalid(family=_("A name is at most 200 letters long."))
    patient.names = list(names)
    patient.name_words = PatientSearchArray(naming.name_tokens(_texts(patient)))
    patient.sort_key, patient.given_key = naming.keys(patient.family, patient.given)


def _texts(patient: Patient) -> list[str]:
    return naming.texts_of_names(patient.family, patient.given, patient.preferred_name, patient.names)


def _gender(code: str) -> str:
    if code not in dict(Patient.GENDERS):
        raise Invalid(gender=_("Choose one of the list."))
    return code


def _put_birth_date(patient: Patient, text: str | None, act: Act) -> None:
    patient.birth_date = _date("birth_date", text) if text else None
    patient.born_on = patient.birth_date.day if patient.birth_date else None
    if patient.born_on and patient.born_on > act.at.date() + timedelta(days=1):
        raise Invalid(birth_date=_("This day has not come yet. Check the year."))
    if patient.born_on and patient.born_on.year < act.at.year - _OLDEST:
        raise Invalid(birth_date=_("Nobody is that old. Check the year."))


def _date(field: str, text: str) -> PartialDate:
    try:
        return PartialDate.parse(str(text))
    except ValueError as error:
        raise Invalid(**{field: _("Write the date like 14-Mar-1964, Mar-1964 or 1964.")}) from error


def _put_contacts(
    patient: Patient, telecom: Sequence[Mapping[str, Any]] | None, addresses: Sequence[Mapping[str, Any]] | None
) -> None:
    if telecom is not None:
        points = [dict(point) for point in telecom]
        patient.telecom = as_text(points)
        patient.contact_keys = contact_keys(points, settings.SALUS_REGION)
    if addresses is not None:
        patient.addresses = as_text([dict(address) for address in addresses])
