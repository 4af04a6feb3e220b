"""Every screen of orders beside the composer: who may come in, what is done there, and what it asks of the database."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from salus.catalog.models import Orderable
from salus.chart.services import record_condition, record_vitals
from salus.inventory.tests.builders import a_presentation
from salus.orders import queries, sockets
from salus.orders import services as orders
from salus.orders.models import Favourite, MedicationStatement, Order, OrderSet, Reconciliation
from salus.orders.tests.builders import a_medicine_item, a_patient, a_test, a_test_item, a_visit, sign
from salus.orders.tests.test_composer import _add, _at, _medicine, _sign_form
from tests.cast import form_key
from tests.statements import at_most

HX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def visit(cast):
    a_presentation(), a_presentation("amoxicillin"), a_test()
    return a_visit(cast)


@pytest.fixture
def doctor(cast):
    return cast.client("doctor")


def _post(browser, _door, *args, **typed):
    return browser.post(reverse(f"orders:{_door}", args=args), form_key(**typed))


def _words(answer):
    return re.sub(r"[\u00a0\u202f\u2009]", " ", answer.content.decode())


def an_orderable(code="xray-chest", kind="image", **changes):
    values = {"name": "X-ray, chest", "kind": kind, "section": "x-ray", "department_kind": "imaging"}
    return Orderable.objects.get_or_create(code=code, defaults=values | changes)[0]


def test_an_image_nursing_and_a_referral_are_ordered_like_anything_else(cast, doctor, visit):
    xray = an_orderable(asks="What is the question?")
    vitals = an_orderable("vital-signs", "nursing", name="Vital signs", often="4/d")
    refer = an_orderable("referral-cardiology", "referral", name="Referral: Cardiology", specialty="cardiology")
    found = doctor.post(_at("search", visit), {"q": "x-ray"}).content.decode()
    assert f"image:{xray.id}" in found
    form = doctor.post(_at("pick", visit), {"what": f"image:{xray.id}"}, **HX).content.decode()
    assert "What is the question?" in form
    assert _add(doctor, visit, what=f"image:{xray.id}", priority="urgent").status_code == 422  # the question is missing
    assert _add(doctor, visit, what=f"image:{xray.id}", priority="urgent", reason="Pneumonia?").status_code == 303
    opened = doctor.post(_at("pick", visit), {"what": f"nursing:{vitals.id}"}, **HX).content.decode()
    assert re.search(r'<option value="4/d" selected', opened), "how often it is usually done"
    _add(doctor, visit, what=f"nursing:{vitals.id}", priority="routine", times="1/6h", duration_days="2")
    clinic = cast.departments["opd"].id
    _add(doctor, visit, what=f"referral:{refer.id}", priority="routine", reason="Murmur", performer=str(clinic))
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    kept = {one.kind: one for one in Order.objects.all()}
    assert (kept["image"].reasons, kept["image"].priority) == ([{"text": "Pneumonia?"}], "urgent")
    assert (kept["nursing"].frequency, kept["nursing"].period, kept["nursing"].period_unit) == (1, 6, "h")
    assert kept["referral"].performer_id == clinic
    page = doctor.get(reverse("orders:orders", args=[visit.patient_id])).content.decode()
    assert "every 6 hours, for 2 days" in page
    assert "Pneumonia?" in page


def test_a_dose_by_weight_shows_its_reckoning(cast, doctor, visit):
    record_vitals(
        cast.act("nurse"), patient_id=visit.patient_id, encounter_id=visit.id, values={"weight": Decimal("12.4")}
    )
    what = f"medicine:{a_presentation().id}"
    opened = doctor.post(_at("pick", visit), {"what": what}, **HX).content.decode()
    assert 'value="12.4"' in opened
    typed = _medicine(dose="", per_kg="15", weight="12.4", times="4/d", duration_days="3")
    said = doctor.post(_at("reckon", visit), typed).content.decode()
    assert "186" in said
    assert "250" in said  # half a tablet of 500 mg
    assert "rounded by 34" in said
    assert _add(doctor, visit, **typed).status_code == 303
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    kept = Order.objects.get()
    assert (kept.dose, kept.dose_per_kg, kept.weight_kg, kept.quantity) == (250, 15, Decimal("12.4"), 6)
    refused = _add(doctor, visit, **_medicine(dose="", dose_unit="tablet", per_kg="15", weight="12.4"))
    assert refused.status_code == 422


def test_doses_that_taper_and_that_alternate(doctor, visit):
    taper = _medicine(
        dose="40",
        dose_unit="mg",
        times="1/d",
        duration_days="3",
        pattern="taper",
        dose_2="20",
        days_2="2",
        dose_3="10",
        days_3="2",
    )
    assert _add(doctor, visit, **(taper | {"days_3": ""})).status_code == 422
    assert _add(doctor, visit, **taper).status_code == 303
    turn = _medicine("amoxicillin", dose="500", times="1/d", duration_days="7", pattern="alternate", dose_2="250")
    assert _add(doctor, visit, **turn).status_code == 303
    page = _words(doctor.get(_at("compose", visit)))
    assert "then 20 mg once a day for 2 days, then 10 mg" in page
    assert "in turn with 250 mg" in page
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    kept = {one.pattern: one for one in Order.objects.all()}
    assert (len(kept["taper"].steps), kept["taper"].duration_days, kept["taper"].quantity) == (3, 7, 1)
    assert kept["alternate"].quantity == 6  # four days of one tablet, three of a half


def test_as_needed_repeats_and_a_last_day(doctor, visit):
    wanted = timezone.localdate() + timedelta(days=30)
    typed = _medicine(as_needed="1", most_per_day="2", repeats="3", expires_on=wanted.strftime("%d-%b-%Y"))
    assert _add(doctor, visit, **(typed | {"as_needed": ""})).status_code == 422
    assert _add(doctor, visit, **typed).status_code == 303
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    kept = Order.objects.get()
    assert (kept.most_per_day, kept.quantity, kept.repeats, kept.expires_on) == (2, 10, 3, wanted)


def test_a_favourite_is_kept_and_opened_again(cast, doctor, visit):
    _add(doctor, visit, **_medicine(note="Ann's"))
    key = _sign_form(doctor, visit)["line"][0]
    for _twice in range(2):
        assert _post(doctor, "keep", visit.patient_id, patient_id=visit.patient_id, line=key).status_code == 303
    kept = Favourite.objects.get()
    assert kept.line["note"] == ""
    other = a_visit(cast, a_patient(cast, family="Bird", given="Ben"))
    with at_most(15):
        page = doctor.get(_at("compose", other)).content.decode()
    assert f"favourite:{kept.id}" in page
    with at_most(15):
        opened = doctor.post(_at("pick", other), {"what": f"favourite:{kept.id}"}, **HX).content.decode()
    assert 'value="500"' in opened
    mine = f"favourite:{kept.id}"
    assert cast.client("nurse").post(_at("pick", other), {"what": mine}, **HX).status_code == 404
    assert _post(doctor, "share_favourite", kept.id).status_code == 303
    shared = Favourite.objects.get(department=cast.departments["opd"])
    assert cast.client("nurse").post(_at("pick", other), {"what": f"favourite:{shared.id}"}, **HX).status_code == 200
    assert _post(doctor, "drop_favourite", shared.id).status_code == 303
    assert _post(doctor, "drop_favourite", kept.id).status_code == 303
    assert f"favourite:{kept.id}" not in doctor.get(_at("compose", other)).content.decode()


def test_an_order_set_asks_for_whom(cast, doctor, visit):
    _add(doctor, visit, **_medicine())
    _add(doctor, visit, what=f"test:{a_test().id}", priority="routine")
    made = _post(doctor, "keep_set", visit.patient_id, patient_id=visit.patient_id, name="Pneumonia")
    assert made.status_code == 303
    row = OrderSet.objects.get()
    first, second = row.items.order_by("place")
    _post(doctor, "change_item", first.id, version=first.version, sex="", problems="J18", is_chosen="1")
    _post(doctor, "change_item", second.id, version=second.version, sex="", age_from_months="90", is_chosen="1")
    assert _post(doctor, "change_item", second.id, version=1, sex="male").status_code == 409
    assert "Pneumonia" in doctor.post(_at("search", visit), {"q": "pneu"}).content.decode()
    with at_most(15):
        offer = doctor.post(_at("pick", visit), {"what": f"set:{row.id}"}, **HX).content.decode()
    assert "Only with J18" in offer
    assert "Only for the age from 90 years" in offer
    assert "checked" not in offer[offer.index("set-form") :]
    record_condition(cast.act("doctor"), patient_id=visit.patient_id, code="J18.9", display="Pneumonia")
    offer = doctor.post(_at("pick", visit), {"what": f"set:{row.id}"}, **HX).content.decode()
    assert "Only with J18" not in offer
    before = len(_sign_form(doctor, visit)["line"])
    typed = {"patient_id": visit.patient_id, "set": row.id, "item": [str(first.id)]}
    assert _post(doctor, "add_set", visit.patient_id, **typed).status_code == 303
    assert len(_sign_form(doctor, visit)["line"]) == before + 1
    assert _post(doctor, "retire_set", row.id).status_code == 303
    assert doctor.get(reverse("orders:set", args=[row.id])).status_code == 404


def test_a_nurse_writes_down_what_a_doctor_says(cast, visit):
    nurse = cast.client("nurse")
    doctor_id = cast.act("doctor").practitioner_id
    _add(nurse, visit, **_medicine())
    form = _sign_form(nurse, visit)
    assert nurse.post(_at("sign", visit), form).status_code == 403  # nobody said it
    assert nurse.post(_at("sign", visit), _sign_form(nurse, visit) | {"told_by": str(doctor_id)}).status_code == 303
    order = Order.objects.get()
    assert (order.countersign, order.requester_id) == ("verbal", doctor_id)
    doctor = cast.client("doctor")
    with at_most(15):
        page = doctor.get(reverse("orders:open") + "?show=countersign").content.decode()
    assert str(order.id) in page
    assert _post(doctor, "countersign", order=str(order.id)).status_code == 303
    assert Order.objects.get().countersigned_name == "Chidi Okoye"


def test_open_orders_are_handed_over(cast, doctor, visit):
    order, test = sign(cast, a_medicine_item(), a_test_item(), visit=visit)
    page = doctor.get(reverse("orders:open")).content.decode()
    assert str(order.id) in page
    nobody = _post(doctor, "hand_over", order=[str(order.id)], practitioner="x")
    assert nobody.status_code == 422
    other = cast.act("nurse").practitioner_id
    moved = _post(doctor, "hand_over", order=[str(order.id), str(test.id)], practitioner=str(other))
    assert moved.status_code == 303
    assert set(Order.objects.values_list("responsible_id", flat=True)) == {other}
    assert str(order.id) not in doctor.get(reverse("orders:open")).content.decode()


def test_held_resumed_changed_and_renewed(cast, doctor, visit):
    order = sign(cast, a_medicine_item(), visit=visit)[0]
    typed = {"patient_id": visit.patient_id, "version": 1, "reason": "Vomiting"}
    assert _post(doctor, "hold", order.id, **typed).status_code == 303
    page = doctor.get(reverse("orders:orders", args=[visit.patient_id])).content.decode()
    assert "on hold: Vomiting" in page
    assert _post(doctor, "resume", order.id, patient_id=visit.patient_id, version=2).status_code == 303
    wanted = {"patient_id": visit.patient_id, "how": "change"}
    for _twice in range(2):  # a second window
        again = _post(doctor, "repeat", order.id, **wanted)
    assert "change this order" in doctor.get(again["Location"]).content.decode()
    key = again["Location"].rpartition("=")[2]
    _add(doctor, visit, line=key, **_medicine(dose="1000"))
    assert _add(doctor, visit, line=key, **_medicine(dose="1500")).status_code == 409
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    old, new = Order.objects.order_by("authored_at")
    assert (old.status, new.replaces_id, new.dose) == ("stopped", order.id, 1000)
    assert doctor.get(reverse("orders:hold", args=[new.id])).status_code == 200


def test_medicines_from_outside_are_written_down_and_gone_through(cast, doctor, visit):
    where = [visit.patient_id]
    nurse = cast.client("nurse")
    told = {"patient_id": visit.patient_id, "medicine_text": "Garlic", "status": "active", "informant": "patient"}
    assert _post(nurse, "record_statement", *where, **(told | {"started": "Mar-2020"})).status_code == 303
    assert _post(nurse, "record_statement", *where, **(told | {"medicine_text": ""})).status_code == 422
    row = MedicationStatement.objects.get()
    order = sign(cast, a_medicine_item(), visit=visit)[0]
    with at_most(15):
        page = doctor.get(reverse("orders:medicines", args=where)).content.decode()
    assert "Garlic" in page
    with at_most(15):
        assert "from outside" in doctor.get(reverse("orders:reconcile", args=where)).content.decode()
    typed = {"patient_id": visit.patient_id, "encounter_id": visit.id, "moment": "start"}
    typed |= {"what": [f"statement:{row.id}", f"order:{order.id}"], "decision_0": "stop", "decision_1": "change"}
    refused = _post(doctor, "reconcile", *where, **typed)  # why it is stopped
    assert refused.status_code == 422
    assert '<a href="#id_reason_0">Garlic: Say why.</a>' in refused.content.decode()
    short = typed | {"what": [f"statement:{row.id}"], "reason_0": "No use"}
    assert _post(doctor, "reconcile", *where, **short).status_code == 409  # not all of them
    done = _post(doctor, "reconcile", *where, **(typed | {"reason_0": "No use"}))
    assert (done.status_code, done["Location"]) == (303, _at("compose", visit))
    assert MedicationStatement.objects.get().status == "stopped"
    assert Order.objects.get().status == "active"
    assert Reconciliation.objects.get().by_name == "Chidi Okoye"
    assert "Replaces an order" in doctor.get(_at("compose", visit)).content.decode()
    assert "stopped (No use)" in doctor.get(reverse("orders:medicines", args=where)).content.decode()
    assert nurse.get(reverse("orders:end_statement", args=[row.id])).status_code == 200


@pytest.mark.parametrize("name", ["open", "sets"])
def test_needs_the_right(cast, name):
    assert cast.client("receptionist").get(reverse(f"orders:{name}")).status_code == 403


def test_an_expired_order_is_not_given(cast, visit):
    order = sign(cast, a_medicine_item(expires_on=timezone.localdate() - timedelta(days=1)), visit=visit)[0]
    proposed = queries.proposed_of(order, patient_id=order.patient_id)
    with pytest.raises(orders.Stopped):
        orders.check(cast.act("pharmacist"), [proposed], "dispense")


def test_a_line_says_which_order_it_ends(cast, doctor, visit, monkeypatch):
    seen = []
    monkeypatch.setattr(sockets, "order_checks", [lambda act, proposed, moment, quantity: seen.extend(proposed) or []])
    order = sign(cast, a_medicine_item(), visit=visit)[0]
    again = _post(doctor, "repeat", order.id, patient_id=visit.patient_id, how="change")
    doctor.get(again["Location"])
    assert seen[-1].replaces_id == order.id  # the line; the form that is open is the same one
