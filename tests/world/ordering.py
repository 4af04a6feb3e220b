"""What is ordered, tested, dispensed and billed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from salus.billing import services as billing
from salus.billing.models import Charge
from salus.catalog.models import Orderable, Price, Service, TestDefinition
from salus.chart.services.templates import change_note_settings
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.inventory import services as inventory
from salus.inventory.models import Item, Lot
from salus.lab import services as lab
from salus.lab.models import Request, Result
from salus.orders import drafts
from salus.orders import services as orders
from salus.orders.drafts import Line
from salus.orders.models import OrderSet
from salus.orders.services import MedicineItem, ServiceItem, TestItem
from salus.payments.models import Checkout
from salus.pharmacy import services as pharmacy
from salus.pharmacy.models import Prescription
from salus.safety import services as safety
from salus.safety.models import Rule
from salus.safety.models import Setting as RuleSetting
from salus.terminology.models import Presentation
from tests.cast import Cast
from tests.world.shape import MEDICINE, TESTS, World, secret_of


def prices(cast: Cast, amount: str = "12.50") -> None:
    """Every service of the catalogue costs the same here."""
    if Price.objects.filter(facility=cast.facility).exists():
        return
    period = DateTimeTZRange(timezone.now() - timedelta(days=30), None)
    rows = [
        Price(service=one, facility=cast.facility, amount=Decimal(amount), currency="EUR", period=period)
        for one in Service.objects.all()
    ]
    Price.objects.bulk_create(rows)


def stock(cast: Cast, quantity: str = "100") -> Lot:
    """So many tablets of the medicine in the pharmacy."""
    return inventory.receive_stock(
        cast.almighty(),
        item_id=Item.objects.filter(presentation__code=MEDICINE).order_by("code")[0].id,
        department_id=cast.departments["pharmacy"].id,
        lot_number=f"L-{Lot.objects.count() + 1}",
        expires_on=timezone.localdate() + timedelta(days=365),
        quantity=Decimal(quantity),
        source=f"delivery:{Lot.objects.count() + 1}",
    )


def a_medicine(quantity: str = "10") -> MedicineItem:
    """So many tablets, one three times a day."""
    presentation = Presentation.objects.get(code=MEDICINE)
    return MedicineItem(
        presentation_id=presentation.id,
        dose=Decimal(1),
        dose_unit="tablet",
        route="oral",
        frequency=3,
        duration_days=5,
        quantity=Decimal(quantity),
        override_reason="Both are needed.",
    )


def order(world: World) -> None:
    tests = {one.code: one for one in TestDefinition.objects.filter(code__in=TESTS)}
    assert tests.keys() == set(TESTS), f"the test catalogue lacks {set(TESTS) - tests.keys()}"
    items: list[Any] = [TestItem(test_id=tests[code].id) for code in TESTS]
    care_for = Orderable.objects.filter(kind="nursing", is_active=True).order_by("code")[0]
    items.append(ServiceItem(orderable_id=care_for.id, kind="nursing"))
    placed = orders.place_orders(
        world.cast.act("doctor"),
        patient_id=world.patient.id,
        encounter_id=world.encounter_id,
        items=[*items, a_medicine(), a_medicine("20")],
    )
    world.ids["order_id"] = placed[-1].id
    refused = orders.administer_medication(
        world.cast.act("nurse"),
        order_id=placed[-1].id,
        number=1,
        wristband=world.patient.mrn,
        status="not-done",
        reason_code="refused",
    )
    world.ids["performance_id"] = refused.id
    not_signed = Line(key="a", kind="test", subject=tests[TESTS[0]].id)
    doctor = world.cast.act("doctor")
    drafts.add(doctor, world.patient.id, [not_signed])
    told = orders.record_statement(
        doctor, patient_id=world.patient.id, display=f"Herbs {secret_of(world.patient)}", informant="patient"
    )
    kept = orders.keep_set(doctor, name=f"Set {OrderSet.objects.count()}", description="", lines=[not_signed])
    world.ids |= {
        "statement_id": told.id,
        "set_id": kept.id,
        "set_item_id": kept.items.get().id,
        "favourite_id": orders.keep_favourite(doctor, line=not_signed, name="Sodium").id,
    }


def test(world: World) -> None:
    """One test waits, one is collected, one is to be verified, one is final."""
    cast = world.cast
    waiting = list(Request.objects.filter(patient=world.patient).order_by("id"))
    for steps, request in enumerate(waiting):
        if steps >= 1:
            made = lab.collect_specimen(cast.act("nurse"), patient_id=world.patient.id, request_ids=[request.id])
            world.ids["specimen_id"] = made.id
        if steps >= 2:
            request.refresh_from_db()
            values = {request.test.code: "4"}
            lab.enter_results(
                cast.act("laboratory-technician"), request_id=request.id, version=request.version, values=values
            )
        if steps == 3:
            request.refresh_from_db()
            lab.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    world.ids |= {"request_id": waiting[1].id, "to_verify": waiting[2].id}
    world.ids["result_id"] = Result.objects.get(request=waiting[3]).id


def dispense(world: World) -> None:
    lot = stock(world.cast)
    first, second = Prescription.objects.filter(patient=world.patient).order_by("quantity")
    given = pharmacy.dispense_medication(
        world.cast.act("pharmacist"), prescription_id=first.id, item_id=lot.item_id, quantity=first.quantity
    )
    world.ids |= {
        "prescription_id": second.id,
        "dispense_id": given.id,
        "lot_id": lot.id,
        "item_id": lot.item_id,
    }


def bill(world: World) -> None:
    run_waiting()
    charges = list(Charge.objects.filter(patient=world.patient).order_by("id"))
    invoice = billing.issue_invoice(
        world.cast.act("cashier"), patient_id=world.patient.id, charge_ids=[one.id for one in charges[:-1]]
    )
    payment = billing.take_payment(
        world.cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal("5.00")
    )
    invoice.refresh_from_db()
    on_its_way = Checkout.objects.create(
        facility=invoice.facility, patient=invoice.patient, invoice=invoice, amount=invoice.total - invoice.paid,
        currency=invoice.currency, gateway="pretended", opened_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=45),
    )  # fmt: skip
    world.ids |= {
        "invoice_id": invoice.id,
        "payment_id": payment.id,
        "checkout_id": on_its_way.id,
        # a gateway's page, and who takes the money: of no gateway that is set up here
        "reference": uuid7(),
        "gateway": "stripe",
        "charge_id": charges[-1].id,
        "rule_id": _decided(world.cast),
        "service_id": Service.objects.order_by("code")[0].id,
        "job_id": _a_failed_job(),
        # FHIR: a type of resource, an id of it, an address that is none
        "kind": "Patient",
        "identity": world.patient.id,
        "path": "no/such/thing",
    }


def _decided(cast: Cast) -> UUID:
    """A safety rule about which the hospital has decided, as it has about dictation and letters."""
    rule = Rule.objects.get(code="duplicate.class")
    # a hospital has more worlds than one
    if not RuleSetting.objects.filter(facility=cast.facility, rule=rule.code).exists():
        change_note_settings(cast.act("administrator"), version=0, dictation=True, letters_are_shown=True)
        safety.decide_rule(cast.act("administrator"), rule_id=rule.id, version=0, tier="note", reason="Said often.")
    return rule.id


def _a_failed_job() -> int:
    """A consequence that failed for good."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
            "VALUES ('consequences', 'core.run_consequence', '{\"fact_id\": 1, \"handler\": \"x.y\"}', 'failed', 8) "
            "RETURNING id"
        )
        number: int = cursor.fetchone()[0]
    return number
