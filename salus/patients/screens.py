"""What stands on every page of one patient: the banner and the tabs. Views of all rooms begin with `patient_page`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.patients import access, sockets
from salus.patients.access.reading import patient_known
from salus.patients.models import Patient
from salus.patients.queries import PatientLine, patients_in_care, search_patients
from salus.patients.queries.access import SEES
from salus.staff.models import StaffMember
from salus.ui import formatting
from salus.ui.addresses import url
from salus.ui.banner import Banner, Emergency, Flag, Tab
from salus.ui.sockets import Found

#: may see more of a patient than the right to find shows
IDENTITY = ("patients.open", "patients.update_patient")


def patient_page(act: Act, patient_id: UUID, tab: str = "", *, to: access.Action = access.OPEN) -> dict[str, Any]:
    """The context of a page of one patient: `patient`, `banner`, `tabs`, `next_acts`; two statements at most.

    :param tab: the code of the tab that this page is
    :param to: what the page does with the patient: `FIND` only for one that shows nothing of the record (a bill, a specimen)
    :raises NotAllowed: without a right to find or to open patients
    :raises NotFound: if there is none here that this act may find
    :raises Barred: if relation, consent or VIP stand in the way
    """
    place = {"place_told": sockets.current_place[0](act)} if sockets.current_place else {}
    known = patient_known(act, patient_id, to=to, **place)
    return {
        "patient": known.patient,
        "banner": banner_of(
            act, known.patient, is_open=known.opened.allows, through_glass="glass" in known.opened.reasons
        ),
        "tabs": _tabs(act, patient_id, tab),
        "next_acts": next_acts(act, patient_id),
        "access": known,
    }


def require_patient(act: Act, patient_id: UUID) -> None:
    """Go on only with a patient whose record this act may open: for answers that show no banner. One statement.

    :raises NotFound: if there is none here that this act may find
    :raises Barred: if relation, consent or VIP stand in the way
    """
    patient_known(act, patient_id)


def banner_of(act: Act, patient: Patient, *, is_open: bool, through_glass: bool = False) -> Banner:
    """Who a page is about, as it was read; allergies only for those who may open the record; how long emergency access lasts."""
    is_clinical = is_open
    state: str = "not_recorded"
    lines: tuple[Any, ...] = ()
    if is_clinical and sockets.allergy_strip:
        state, lines = sockets.allergy_strip[0](act, patient.id)
    return Banner(
        patient_id=patient.id,
        family=patient.family,
        given=patient.given,
        title=patient.title,
        born=str(patient.birth_date) if patient.birth_date else None,
        age=formatting.age(str(patient.birth_date), patient.deceased.day)
        if patient.birth_date and patient.deceased
        else "",
        sex=patient.gender,
        mrn=patient.mrn,
        location=getattr(patient, "place_told", None) or "",
        photo_url=url("patients:photo", patient.id) if patient.photo_id and act.may_any(*IDENTITY) else "",
        note=_("Prefers “%(name)s”") % {"name": patient.preferred_name} if patient.preferred_name else "",
        allergies=tuple(line for line in lines if not isinstance(line, str)),
        allergy_state=state,  # type: ignore[arg-type]
        allergies_confirmed=next((line for line in lines if isinstance(line, str)), ""),
        allergy_task_url=_allergy_task(act, patient.id) if state == "not_recorded" else "",
        show_allergies=is_clinical and bool(sockets.allergy_strip),
        flags=(*_flags(patient), *(_told_flags(patient) if is_clinical else ())),
        emergency=_emergency(act, patient.id) if through_glass else None,
        deceased_on=(str(patient.deceased) if patient.deceased else True) if patient.is_deceased else None,
    )


def _emergency(act: Act, patient_id: UUID) -> Emergency | None:
    glass = act.glass_on(patient_id)
    if glass is None:
        return None
    minutes = max(int((glass.until - act.at).total_seconds() // 60), 0)
    left = _("%(hours)s h %(minutes)s min left") % {"hours": minutes // 60, "minutes": minutes % 60}
    return Emergency(glass.until, left, url("patients:end_glass", patient_id))


def _flags(patient: Patient) -> tuple[Flag, ...]:
    flags = [] if patient.is_active else [Flag(_("No longer in use"), "warning", "archive")]
    if patient.is_vip:
        flags.append(Flag(_("Protected record"), "warning", "shield-alert"))
    return tuple(flags)


def _told_flags(patient: Patient) -> tuple[Flag, ...]:
    """What rooms above say of the patient, read with the row."""
    told: Sequence[str] = getattr(patient, "flags_told", None) or ()
    return tuple(Flag(*sockets.banner_flags[0].look(one)) for one in told)


def find_patients(act: Act, text: str) -> list[Found]:
    """What the find-or-do box offers for a text: patients with two identifiers each, to whoever may find them."""
    if not act.may_any("patients.find", "patients.open"):
        return []
    return [
        Found(
            label=line.name,
            url=landing(act, line.id),
            sub=" · ".join(
                (
                    formatting.born(line.birth_date),
                    formatting.sex_letter(line.gender),
                    f"{_('MRN')} {formatting.mrn(line.mrn)}",
                )
            ),
            badge=_("Similar name") if line.similar else "",
            tone="warning",
        )
        for line in search_patients(act, text, limit=8)
    ]


@dataclass(frozen=True, slots=True)
class PatientsOf:
    """The patients of a member of staff, as the page of the profile shows them."""

    lines: list[PatientLine]
    total: int
    may_open: bool


def patients_of(request: Any, member: StaffMember) -> PatientsOf:
    """Who a doctor's or nurse's patients are, for a panel of the profile; by name only where the right to find is given."""
    act: Act = request.act
    may_find = act.may_any("patients.find", "patients.open")
    total, lines = patients_in_care(act, member.practitioner_id) if may_find else (0, [])
    return PatientsOf(lines, total, may_find)


def landing(act: Act, patient_id: UUID) -> str:
    """Where opening a patient leads this person: the first tab of the record, or who the patient is."""
    for tab in sorted(sockets.chart_tabs, key=lambda one: one.order):
        if act.may(tab.right) and (address := _address(tab.route, patient_id)):
            return address
    return url("patients:show", patient_id)


def next_acts(act: Act, patient_id: UUID) -> list[tuple[sockets.PatientAct, str]]:
    """What this person may do next with the patient, with its address, in order."""
    acts = sorted((one for one in sockets.patient_acts if act.may(one.right)), key=lambda one: one.order)
    return [(one, address) for one in acts if (address := _address(one.route, patient_id))]


def _tabs(act: Act, patient_id: UUID, current: str) -> list[Tab]:
    open_ones = [tab for tab in sockets.chart_tabs if act.may(tab.right)]
    tabs = [
        Tab(str(tab.label), address, current=tab.code == current)
        for tab in sorted(open_ones, key=lambda one: one.order)
        if (address := _address(tab.route, patient_id))
    ]
    if act.may_any(*IDENTITY):
        tabs.append(Tab(_("Person"), url("patients:show", patient_id), current=current == "person"))
    if act.may_any(*SEES):
        tabs.append(Tab(_("Access"), url("patients:access", patient_id), current=current == "access"))
    return tabs


def _allergy_task(act: Act, patient_id: UUID) -> str:
    """Where whoever may record allergies asks for them: an act of the code `allergies`."""
    acts = next_acts(act, patient_id)
    return next((address for one, address in acts if one.code == "allergies"), "")


def _address(route: str, patient_id: UUID) -> str:
    """Empty where the room that owns the route is not there."""
    try:
        return url(route, patient_id)
    except NoReverseMatch:
        return ""
