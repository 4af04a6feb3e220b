"""Bringing the catalogue of tests, ranges, vital signs and services into the database, again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from salus.catalog import billed, definitions, orderables
from salus.catalog.billed import CHARGED_AS, BilledService, PriceLine
from salus.catalog.definitions import (
    Catalogue,
    LabRange,
    LabTest,
    Sourced,
    Vital,
)
from salus.catalog.models import PanelMember, Price, ReferenceRange, Service, TestDefinition, VitalSign
from salus.core.act import Act
from salus.core.ids import uuid7
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.terminology import formulary, rules
from salus.terminology.rules import fold

_SERVICES = Table(Service, key=("code",), columns=("name", "kind", "specialty", "is_active"), retire=True)
_TESTS = Table(
    TestDefinition,
    key=("code",),
    columns=(
        "name",
        "loinc",
        "also_loinc",
        "result_kind",
        "specimen",
        "container",
        "unit",
        "decimals",
        "choices",
        "turnaround_minutes",
        "section",
        "service_id",
        "sources",
        "is_active",
    ),
    words=True,
    retire=True,
)
_RANGES = Table(
    ReferenceRange,
    key=("test_id", "sex", "age_from_days"),
    columns=(
        "age_until_days",
        "low",
        "high",
        "critical_low",
        "critical_high",
        "text",
        "source",
        "source_place",
        "source_opened_on",
        "critical_source",
        "critical_source_place",
        "critical_source_opened_on",
        "is_active",
    ),
    retire=True,
)
_VITALS = Table(
    VitalSign,
    key=("code",),
    columns=(
        "name",
        "short_name",
        "loinc",
        "unit",
        "unit_text",
        "decimals",
        "possible_low",
        "possible_high",
        "usual_low",
        "usual_high",
        "source",
        "place",
    ),
)


def load_catalogue(act: Act) -> Changed:
    """Bring services, tests, ranges and vital signs up to date with the files that ship.

    A test is charged by the service `test:<its code>`, a medicine's presentation by `med:<its code>`, by the unit.
    """
    act.require("catalog.load_catalogue")
    shipped = definitions.read_catalogue()
    changed = bring_up_to_date(_SERVICES, _services(shipped), by=act.by)
    services = dict(Service.objects.values_list("code", "id"))
    changed += orderables.load_orderables(act, services)
    changed += bring_up_to_date(_TESTS, (_test(test, services) for test in shipped.tests), by=act.by)
    tests = dict(TestDefinition.objects.values_list("code", "id"))
    _seat_members(shipped, tests)
    changed += bring_up_to_date(_RANGES, (_range(line, tests) for line in shipped.ranges), by=act.by)
    vitals = (_vital(vital, place) for place, vital in enumerate(shipped.vitals))
    return changed + bring_up_to_date(_VITALS, vitals, by=act.by)


def _services(shipped: Catalogue) -> Iterator[dict[str, Any]]:
    for service in shipped.services:
        yield _service(service.code, service.name, service.kind, service.specialty)
    for test in shipped.tests:
        yield _service(CHARGED_AS["test"] + test.code, test.name, "test")
    names = {medicine.code: medicine.name for medicine in formulary.read_medicines()}
    for presentation in formulary.read_presentations():
        name = presentation.named(names[presentation.medicine])
        if not name.endswith(presentation.pack_unit):
            name = f"{name}, {presentation.pack_unit}"  # what one unit of is charged: an ampoule, a mL
        yield _service(CHARGED_AS["medicine"] + presentation.code, name, "medicine")


def _service(code: str, name: str, kind: str, specialty: str = "") -> dict[str, Any]:
    return {"code": code, "name": name, "kind": kind, "specialty": specialty, "is_active": True}


def _test(test: LabTest, services: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "code": test.code,
        "name": test.name,
        "loinc": test.loinc,
        "also_loinc": list(test.also_loinc),
        "result_kind": test.result_kind,
        "specimen": test.specimen,
        "container": test.container,
        "unit": test.unit,
        "decimals": test.decimals,
        "choices": list(test.choices),
        "turnaround_minutes": test.turnaround_minutes,
        "section": test.section,
        "service_id": services[CHARGED_AS["test"] + test.code],
        "sources": [_statement("loinc", test.loinc, test.loinc_source)] if test.loinc else [],
        "is_active": True,
        "words_a": fold(f"{test.name} {test.code}"),
        "words_b": fold(" ".join((test.loinc, *test.also_loinc))),
        "words_c": fold(test.section),
        "words_d": fold(test.specimen),
    }


def _statement(statement: str, value: str, source: Sourced) -> dict[str, str]:
    opened = source.source_opened.isoformat() if source.source_opened else ""
    return {
        "statement": statement,
        "value": value,
        "source": source.source,
        "place": source.source_place,
        "opened": opened,
    }


def _seat_members(shipped: Catalogue, tests: Mapping[str, UUID]) -> None:
    """Make the panels of the files have the members of the files: no more, no fewer, in that order."""
    seats = [
        (tests[panel.code], tests[member], place)
        for panel in shipped.tests
        for place, member in enumerate(panel.members)
    ]
    panels = [tests[test.code] for test in shipped.tests]
    members = [PanelMember(panel_id=panel, test_id=test, place=place) for panel, test, place in seats]
    kept = {(panel, test) for panel, test, _ in seats}
    PanelMember.objects.bulk_create(
        members, update_conflicts=True, unique_fields=["panel", "test"], update_fields=["place"]
    )
    gone = [
        seat
        for seat, panel, test in PanelMember.objects.filter(panel_id__in=panels).values_list("id", "panel", "test")
        if (panel, test) not in kept
    ]
    PanelMember.objects.filter(id__in=gone).delete()


def _range(line: LabRange, tests: Mapping[str, UUID]) -> dict[str, Any]:
    usual, critical = line.usual_source, line.critical_source
    return {
        "test_id": tests[line.test],
        "sex": line.sex,
        "age_from_days": line.age_from_days,
        "age_until_days": line.age_until_days,
        "low": line.low,
        "high": line.high,
        "critical_low": line.critical_low,
        "critical_high": line.critical_high,
        "text": line.text,
        "source": usual.source,
        "source_place": usual.source_place,
        "source_opened_on": usual.source_opened,
        "critical_source": critical.source,
        "critical_source_place": critical.source_place,
        "critical_source_opened_on": critical.source_opened,
        "is_active": True,
    }


def _vital(vital: Vital, place: int) -> dict[str, Any]:
    usual = vital.usual_source
    opened = f" (opened {usual.source_opened})" if usual.source_opened else ""
    return {
        "code": vital.code,
        "name": vital.name,
        "short_name": vital.short_name,
        "loinc": vital.loinc,
        "unit": vital.unit,
        "unit_text": vital.unit_text,
        "decimals": vital.decimals,
        "possible_low": vital.possible_low,
        "possible_high": vital.possible_high,
        "usual_low": vital.usual_low,
        "usual_high": vital.usual_high,
        "source": f"{usual.source}: {usual.source_place}{opened}" if usual.source else "",
        "place": place,
    }


def load_demonstration_prices(act: Act) -> int:
    """Give every service that has none in the act's facility its invented price, from ever on; returns how many.

    :raises ValueError: if the act is in no facility
    """
    act.require("catalog.manage_prices")
    if act.facility_id is None:
        raise ValueError("prices belong to a facility")
    with connection.cursor() as cursor:  # two who do it at once price once
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('salus.demonstration prices'))")
    priced = Price.objects.filter(facility_id=act.facility_id).values_list("service_id", flat=True)
    services = dict(Service.objects.exclude(id__in=priced).values_list("code", "id"))
    prices = [
        Price(
            id=uuid7(),
            service_id=services[code],
            facility_id=act.facility_id,
            amount=line.price,
            currency=line.currency,
            period=DateTimeTZRange(None, None),
            recorded_by_id=act.by,
        )
        for code, line in _price_lines()
        if code in services
    ]
    Price.objects.bulk_create(prices)
    return len(prices)


def _price_lines() -> Iterator[tuple[str, BilledService | PriceLine]]:
    for service in billed.read_services():
        yield service.code, service
    for line in billed.read_prices():
        yield line.service_code, line


def plug_in_loaders() -> None:
    """Tell the core what this room loads."""
    files = (
        Path(__file__),
        Path(definitions.__file__),
        Path(billed.__file__),
        Path(orderables.__file__),
        Path(rules.__file__),
        billed.DATA,
        formulary.DATA,
    )
    plug_in(ReferenceLoader("catalog", "catalog.load_catalogue", lambda: fingerprint_of(*files), load_catalogue))
