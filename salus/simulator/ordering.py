"""The demonstration's orders beside medicines and tests: favourites, an order set, an image, nursing, a referral, what a
nurse wrote down by word of mouth, medicines from outside, and medicines gone through."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from salus.catalog.models import Orderable
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.ids import uuid7
from salus.encounters.models import OPEN, Encounter
from salus.orders import queries, words
from salus.orders import services as orders
from salus.orders.drafts import Line
from salus.orders.services import Decision, MedicineItem, NeedsReason, ServiceItem, Stopped
from salus.simulator.hospital import Hospital
from salus.simulator.knowledge import Knowledge
from salus.terminology.models import Presentation

#: code of the orderable, what is asked
_SERVICES = (("xray-chest", "Pneumonia?"), ("nursing-vital-signs", ""), ("referral-cardiology", "Murmur, breathless"))
_TOLD = (("Garlic capsules", "one a day", "2019"), ("Ibuprofen", "one tablet when the knee hurts", "2023-05"))


def order_a_few(as_: Callable[[str], Act], hospital: Hospital, known: Knowledge) -> None:
    """What stands on the screens of orders when somebody opens them first."""
    doctor, nurse = as_("doctor"), as_("nurse")
    _keep(doctor, known)
    here = Encounter.objects.filter(department=hospital.departments["opd"], status__in=OPEN, voided_at=None)
    visits = list(here.order_by("started_at", "id")[:4])
    for visit in visits[:2]:
        _order_services(_again(doctor), visit)
    for visit, told in zip(visits, _TOLD, strict=False):
        _tell(_again(nurse), visit, *told)
    for visit in visits[1:3]:
        _by_word_of_mouth(_again(nurse), visit, doctor, known)
    for visit in visits[:1]:
        _go_through(_again(doctor), visit)


def _again(act: Act) -> Act:
    return replace(act, id=uuid7())


def _keep(doctor: Act, known: Knowledge) -> None:
    packs = {one.code: one for one in Presentation.objects.filter(code="paracetamol-500-mg-tablet")}
    lines: list[tuple[str, Line]] = []
    for pack in packs.values():
        line = Line(
            key="-",
            kind="medicine",
            subject=pack.id,
            dose="1",
            dose_unit=pack.unit,
            route="oral",
            times="3/d",
            duration_days="3",
        )
        lines.append((f"{pack.name}, three times a day for 3 days", line))
    lines += [
        (test.name, Line(key="-", kind="test", subject=test.id))
        for code in ("k", "creat", "crp")
        if (test := known.tests.get(code))
    ]
    for what in Orderable.objects.filter(code="xray-chest"):
        lines.append((what.name, Line(key="-", kind=what.kind, subject=what.id)))
    for name, line in lines[:4]:
        orders.keep_favourite(_again(doctor), line=line, name=name)
    if not lines:
        return
    made = orders.keep_set(
        _again(doctor),
        name="Pneumonia, from the community",
        description="Adults who can be treated at home",
        lines=[line for _name, line in lines],
    )
    for item in made.items.filter(line__kind="image"):
        orders.change_set_item(
            _again(doctor),
            item_id=item.id,
            version=item.version,
            sex="",
            age_from_months=18 * 12,
            age_until_months=None,
            problems=["J12", "J15", "J18"],
            is_chosen=True,
        )


def _order_services(doctor: Act, visit: Encounter) -> None:
    known = {one.code: one for one in Orderable.objects.filter(code__in=[code for code, _why in _SERVICES])}
    items: list[Any] = []
    for code, why in _SERVICES:
        if code in known:
            often = words.OFTEN.get(known[code].often, (None, None, ""))
            items.append(
                ServiceItem(
                    orderable_id=known[code].id,
                    kind=known[code].kind,
                    reason=why,
                    frequency=often[0],
                    period=often[1],
                    period_unit=often[2],
                )
            )
    _signed(doctor, visit, items)


def _tell(nurse: Act, visit: Encounter, what: str, how: str, since: str) -> None:
    orders.record_statement(
        nurse,
        patient_id=visit.patient_id,
        encounter_id=visit.id,
        display=what,
        dosage_text=how,
        informant="patient",
        started=PartialDate.parse(since),
    )


def _by_word_of_mouth(nurse: Act, visit: Encounter, doctor: Act, known: Knowledge) -> None:
    pack = Presentation.objects.filter(code="paracetamol-500-mg-tablet").first()
    if pack is None:
        return
    item = MedicineItem(
        presentation_id=pack.id,
        dose=Decimal(2),
        dose_unit=pack.unit,
        route="oral",
        duration_days=1,
        as_needed=True,
        as_needed_for="fever",
        most_per_day=4,
        frequency=4,
    )
    _signed(nurse, visit, [item], told_by=doctor.practitioner_id)


def _signed(act: Act, visit: Encounter, items: Sequence[Any], **more: Any) -> None:
    # who is allergic to it, or takes it already, is not given it in a demonstration either
    with contextlib.suppress(Stopped, NeedsReason):
        if items:
            orders.place_orders(act, patient_id=visit.patient_id, encounter_id=visit.id, items=items, **more)


def _go_through(doctor: Act, visit: Encounter) -> None:
    taken = queries.taken(doctor, visit.patient_id)
    orders.reconcile_medicines(
        doctor,
        patient_id=visit.patient_id,
        encounter_id=visit.id,
        moment="start",
        decisions=[
            Decision(decision="continue", order_id=one.order_id, statement_id=one.statement_id) for one in taken
        ],
    )
