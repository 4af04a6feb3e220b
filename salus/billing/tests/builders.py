"""Plain builders of services, patients, charges and invoices."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from salus.billing import services as billing
from salus.billing.models import Charge, Invoice
from salus.catalog.models import Price, Service
from salus.core.ids import uuid7
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient as register


def a_patient(cast: Any, **changes: Any) -> Patient:
    """Ann Ash, registered."""
    return register(cast.almighty(), **changes)


def a_service(cast: Any, code: str = "visit-t", amount: str | None = "25.00", currency: str = "EUR") -> Service:
    """A consultation at a price that holds from 2020 on; `amount=None` leaves it without one."""
    service = Service.objects.create(code=code, name=code.capitalize(), kind="consultation")
    if amount is not None:
        a_price(cast, service, amount, currency)
    return service


def a_price(cast: Any, service: Service, amount: str, currency: str = "EUR") -> Price:
    """What a service costs from 2020 on."""
    period = DateTimeTZRange(datetime(2020, 1, 1, tzinfo=UTC), None)
    return Price.objects.create(
        service=service, facility=cast.facility, amount=Decimal(amount), currency=currency, period=period
    )


def a_charge(cast: Any, patient: Patient, service: Service | str, quantity: str = "1", **changes: Any) -> Charge:
    """A charge as a consequence captures it; `source`, `department` and `at` may be said."""
    act = cast.almighty()
    department = changes.get("department", "opd")
    charge = billing.capture_charge(
        replace(act, at=changes.get("at", act.at)),
        source=changes.get("source", f"test:{uuid7()}"),
        patient_id=patient.id,
        encounter_id=None,
        department_id=cast.departments[department].id if department else None,
        service_code=service if isinstance(service, str) else service.code,
        quantity=Decimal(quantity),
    )
    assert charge is not None
    return charge


def an_invoice(cast: Any, patient: Patient | None = None, amount: str = "25.00") -> Invoice:
    """An invoice of one line, just issued by the cashier."""
    patient = patient or a_patient(cast)
    a_charge(cast, patient, a_service(cast, f"s-{uuid7()}", amount))
    return billing.issue_invoice(cast.act("cashier"), patient_id=patient.id)
