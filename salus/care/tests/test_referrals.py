"""Referrals: asked, answered, read; what stays open is on a list, and no step is skipped."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from salus.care import services as care
from salus.care.models import Referral
from salus.care.queries.referrals import open_worklist
from salus.care.rules.referrals import NEXT, is_late
from salus.care.services.referrals import Receiver
from salus.care.tests.builders import a_kind, a_patient, a_referral, a_visit, other_doctor
from salus.core.announce import run_waiting
from salus.core.errors import Conflict, Invalid, NotAllowed
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.inbox.models import Task
from salus.orders import services as orders
from salus.orders.items import ServiceItem
from salus.orders.models import Order
from salus.patients.models import CareRelation
from salus.ui import formatting
from tests.cast import form_key
from tests.statements import at_most


def now_of(referral):
    return Referral.objects.get(id=referral.id)


def test_the_loop_is_closed(cast):
    """Asked by one department, seen in the other by the visit there, answered, read: each sees what waits for whom."""
    visit, other = a_visit(cast), other_doctor(cast)
    referral = a_referral(cast, visit)
    assert (referral.status, referral.order.kind, referral.from_department_id) == (
        "sent",
        "referral",
        visit.department_id,
    )
    assert [one.id for one in open_worklist(other).received] == [referral.id]
    assert [one.id for one in open_worklist(cast.act("doctor")).sent] == [referral.id]
    run_waiting()
    assert Task.objects.get(kind="referral", status="requested").department_id == cast.departments["lab"].id
    with pytest.raises(NotAllowed):  # the referrer does not say yes for the other
        care.accept_referral(cast.act("doctor"), referral_id=referral.id, version=now_of(referral).version)
    care.accept_referral(other, referral_id=referral.id, version=now_of(referral).version)
    there = encounters.start_encounter(
        cast.act("receptionist"), patient_id=visit.patient_id, department_id=cast.departments["lab"].id
    )
    run_waiting()
    seen = now_of(referral)
    assert (seen.status, seen.seen_in_id) == ("seen", there.id)
    with pytest.raises(Invalid):
        care.answer_referral(other, referral_id=referral.id, version=seen.version)
    care.answer_referral(other, referral_id=referral.id, version=seen.version, answer="It is benign.")
    run_waiting()
    assert Order.objects.get(id=referral.order_id).status == "completed"
    doctor = cast.act("doctor")
    waits = Task.objects.get(kind="referral", owner_id=doctor.practitioner_id)
    assert [one.status for one in open_worklist(doctor).sent] == ["answered"]
    with pytest.raises(NotAllowed):
        care.acknowledge_referral(other, referral_id=referral.id, version=now_of(referral).version)
    care.acknowledge_referral(doctor, referral_id=referral.id, version=now_of(referral).version)
    run_waiting()
    waits.refresh_from_db()
    assert (now_of(referral).status, waits.status) == ("closed", "completed")
    assert not open_worklist(doctor).sent
    told = Fact.objects.filter(name__startswith="care.").values_list("name", flat=True)
    assert set(told) >= {"care.ReferralSent", "care.ReferralDecided", "care.ReferralAnswered", "care.ReferralClosed"}


def test_a_refusal_comes_back_and_goes_to_somebody_else(cast):
    visit, other = a_visit(cast), other_doctor(cast)
    referral = a_referral(cast, visit)
    with pytest.raises(Invalid):
        care.decline_referral(other, referral_id=referral.id, version=now_of(referral).version, reason=" ")
    care.decline_referral(other, referral_id=referral.id, version=now_of(referral).version, reason="Not our field.")
    doctor = cast.act("doctor")
    assert [one.status for one in open_worklist(doctor).sent] == ["declined"]
    to = Receiver(outside="Dr Who, Gallifrey")
    care.resend_referral(doctor, referral_id=referral.id, version=now_of(referral).version, to=to)
    assert now_of(referral).is_outgoing
    # the referrer's side writes down what comes from outside
    version = now_of(referral).version
    care.answer_referral(doctor, referral_id=referral.id, version=version, answer="By letter: benign.")
    care.acknowledge_referral(doctor, referral_id=referral.id, version=now_of(referral).version)
    assert now_of(referral).status == "closed"


def test_who_asked_keeps_it_on_the_list_after_the_visit(cast):
    """Otherwise the answer would come when nobody may open the record any more."""
    visit = a_visit(cast)
    referral = a_referral(cast, visit)
    CareRelation.objects.exclude(kind="referral").update(ended_at=visit.created_at - timedelta(days=30))
    of_the_referrer = CareRelation.objects.filter(
        kind="referral", department=visit.department_id, ended_at__gt=timezone.now()
    )
    assert of_the_referrer.exists()
    assert [one.id for one in open_worklist(cast.act("doctor")).sent] == [referral.id]
    care.decline_referral(other_doctor(cast), referral_id=referral.id, version=1, reason="No.")
    assert of_the_referrer.exists()
    care.acknowledge_referral(cast.act("doctor"), referral_id=referral.id, version=now_of(referral).version)
    assert not CareRelation.objects.filter(kind="referral", ended_at__gt=timezone.now()).exists()


def test_what_was_ordered_without_a_name_is_given_one(cast):
    """As the composer may order it: it waits with the referrer, until somebody is asked."""
    visit, doctor = a_visit(cast), cast.act("doctor")
    item = ServiceItem(kind="referral", orderable_id=a_kind().id, reason="Benign?")
    orders.place_orders(doctor, patient_id=visit.patient_id, encounter_id=visit.id, items=[item])
    referral = Referral.objects.get()
    assert [one.id for one in open_worklist(doctor).sent] == [referral.id]
    to = Receiver(department_id=cast.departments["lab"].id)
    care.resend_referral(doctor, referral_id=referral.id, version=1, to=to)
    assert [one.id for one in open_worklist(other_doctor(cast)).received] == [referral.id]
    with pytest.raises(Conflict):
        care.resend_referral(doctor, referral_id=referral.id, version=now_of(referral).version, to=to)


def test_what_was_refused_for_good_is_ordered_no_longer(cast):
    referral = a_referral(cast, a_visit(cast))
    care.decline_referral(other_doctor(cast), referral_id=referral.id, version=1, reason="No.")
    care.acknowledge_referral(cast.act("doctor"), referral_id=referral.id, version=now_of(referral).version)
    assert (now_of(referral).status, Order.objects.get(id=referral.order_id).status) == ("closed", "revoked")


def test_a_stopped_order_is_sent_to_nobody_else(cast):
    referral = a_referral(cast, a_visit(cast))
    care.decline_referral(other_doctor(cast), referral_id=referral.id, version=1, reason="No.")
    orders.stop_order(cast.act("doctor"), order_id=referral.order_id, reason="Not needed.")
    to = Receiver(outside="Dr Who, Gallifrey")
    with pytest.raises(Conflict):
        care.resend_referral(cast.act("doctor"), referral_id=referral.id, version=now_of(referral).version, to=to)


def test_a_stopped_order_takes_its_referral_back(cast):
    visit = a_visit(cast)
    first, second = a_referral(cast, visit), a_referral(cast, visit, question="Or this?")
    orders.stop_order(cast.act("doctor"), order_id=first.order_id, reason="Already known.")
    care.cancel_referral(cast.act("doctor"), referral_id=second.id, version=1, reason="Not needed.")
    assert [(now_of(one).status, now_of(one).reason) for one in (first, second)] == [
        ("cancelled", "Already known."),
        ("cancelled", "Not needed."),
    ]
    assert set(Order.objects.filter(kind="referral").values_list("status", flat=True)) == {"revoked"}


def test_the_front_desk_writes_down_what_comes_from_outside(cast):
    """Without seeing the record; the department that is asked can open it from then on."""
    patient, client = a_patient(cast), cast.client("receptionist")
    page = reverse("care:register", args=[patient.id])
    form = form_key(patient_id=patient.id, from_whom="Dr Pea, Village", question="Lump?", priority="routine")
    assert client.post(page, form).status_code == 422  # no department
    sent = client.post(page, form | form_key(department=cast.departments["lab"].id))
    assert sent.status_code == 303, sent.content.decode()[-2000:]
    referral = Referral.objects.get()
    with pytest.raises(NotAllowed):  # neither asked, nor the one who wrote it down
        care.cancel_referral(cast.act("doctor"), referral_id=referral.id, version=1, reason="Mine now.")
    other = other_doctor(cast)
    care.answer_referral(other, referral_id=referral.id, version=1, answer="A lipoma.")
    assert [one.status for one in open_worklist(other).received] == ["answered"]
    care.acknowledge_referral(other, referral_id=referral.id, version=now_of(referral).version)
    assert now_of(referral).status == "closed"


@pytest.mark.guarantee("H2")
def test_the_database_knows_the_steps(cast):
    """Every step between two states, tried against the trigger; and what was asked stays."""
    visit = a_visit(cast)
    full = {"appointment": None, "reason": "x", "seen_at": visit.created_at, "answer": "x"}
    ended = {"answered_at": visit.created_at, "closed_at": visit.created_at, "closed_by_id": visit.id}
    for before, after in itertools.permutations(set(NEXT) - {"booked"}, 2):
        row = Referral.objects.create(
            **{"patient_id": visit.patient_id, "status": before, "display": "x", "question": "x", "referrer_name": "x"},
            **{"sent_at": visit.created_at, "status_at": visit.created_at},
            **full,
            **ended,
        )
        try:
            with transaction.atomic():
                Referral.objects.filter(id=row.id).update(status=after)
            went = True
        except IntegrityError:
            went = False
        assert went == (after in NEXT[before]), (before, after)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(question="Something else")


def test_patience_ends_sooner_for_what_is_urgent():
    assert not is_late("sent", "routine", timedelta(days=13))
    assert is_late("sent", "urgent", timedelta(days=4))
    assert is_late("answered", "stat", timedelta(days=2))
    assert not is_late("closed", "routine", timedelta(days=999))


def test_a_walk_through_the_pages(cast):
    """Tab, form, referral, list; each within its statements, and the form comes back with what is missing."""
    visit, client = a_visit(cast), cast.client("doctor")
    of = [visit.patient_id]
    refer = reverse("care:refer", args=of)
    with at_most(15):
        assert client.get(refer).status_code == 200
    said = form_key(patient_id=of[0], orderable=a_kind().id, question="Benign?", priority="urgent")
    refused = client.post(refer, said)
    assert refused.status_code == 422
    assert "Benign?" in refused.content.decode()
    sent = client.post(refer, said | form_key(to_whom=f"d:{cast.departments['opd'].id}"))
    assert sent.status_code == 303, sent.content.decode()[-2000:]
    referral = Referral.objects.get()
    for page in (reverse("care:of_patient", args=of), reverse("care:referrals"), sent.headers["Location"]):
        with at_most(15):
            answer = client.get(page)
        assert "Referral: Pathology" in answer.content.decode(), page
    listed = client.get(reverse("care:referrals")).content.decode()
    whom = referral.patient
    for words in (formatting.mrn(whom.mrn), formatting.age(whom.birth_date)):
        assert words in listed, "a list that names somebody says by two more things who it is"

    def step(name, **more):
        form = form_key(patient_id=of[0], version=now_of(referral).version, **more)
        return client.post(reverse(f"care:{name}", args=[referral.id]), form)

    assert cast.client("nurse").get(sent.headers["Location"]).status_code == 200  # who may do nothing with it
    assert step("decline_referral").status_code == 422
    assert step("accept_referral").status_code == 303
    assert step("mark_seen").status_code == 303
    assert step("answer_referral").status_code == 422
    assert step("answer_referral", answer="Benign.").status_code == 303
    assert step("accept_referral").status_code == 409
    assert step("acknowledge_referral").status_code == 303
    assert now_of(referral).status == "closed"


@pytest.mark.race
def test_yes_and_no_at_once(real_db, cast):
    """Of those who decide at once, one does; the others read what was decided."""
    referral, other = a_referral(cast, a_visit(cast)), other_doctor(cast)

    def decide(n):
        try:
            if n % 2:
                care.accept_referral(other, referral_id=referral.id, version=1)
            else:
                care.decline_referral(other, referral_id=referral.id, version=1, reason="No.")
        except Conflict:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(decide, range(8))) == 1
