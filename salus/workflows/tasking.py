"""What waits for somebody after a fact, in whose inbox, and what ends it there."""

from typing import Any

from django.utils.translation import gettext as _

from salus.accounts.facts import UserRetired
from salus.chart.facts import AllergyRecorded, CosignAsked, NoteCosigned, NoteVoided
from salus.chart.models import Note
from salus.chart.queries.allergies import allergy_list
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterFinished, EncounterStarted
from salus.inbox import services as inbox
from salus.lab.facts import ResultCorrected, ResultVerified
from salus.lab.reported import Reported, reported
from salus.orders.facts import CountersignAsked, OrderCountersigned, OrderHandedOver, OrderPerformed, OrderStopped
from salus.orders.models import MedicationStatement, Order, Performance
from salus.safety.facts import AlertShown


@consequence("inbox.put_task", "lab.view")
def put_the_result(act: Act, fact: ResultVerified) -> None:
    came_out = reported(act, request_id=fact.request_id)
    if came_out is not None:
        _put_result(act, came_out, source=f"lab.request:{fact.request_id}", mark=came_out.mark)


@consequence("inbox.put_task", "lab.view")
def put_the_corrected_result(act: Act, fact: ResultCorrected) -> None:
    """It comes again, whether the first one was acknowledged or not; the one that is wrong is waited for by nobody."""
    came_out = reported(act, result_id=fact.result_id)
    if came_out is None:
        return
    for wrong in (f"lab.request:{came_out.request_id}", f"lab.result:{fact.result_id}"):
        inbox.replace_task(act, source=wrong, reason="The result was corrected.")
    source = f"lab.result:{fact.result_id}@{came_out.verified_at:%Y%m%dT%H%M%S.%f}"
    _put_result(act, came_out, source=source, mark=came_out.mark or "abnormal", is_corrected=True)


def _put_result(act: Act, came_out: Reported, *, source: str, mark: str, is_corrected: bool = False) -> None:
    """What came out of the laboratory waits for whoever ordered it."""
    inbox.put_task(
        act,
        source=source,
        kind="result",
        mark=mark,
        patient_id=came_out.patient_id,
        owner_id=came_out.requester_id,
        department_id=came_out.department_id,
        subject=came_out.test,
        note=came_out.values,
        about=came_out.about,
        is_corrected=is_corrected,
        route="chart:results",
        route_args={"patient_id": str(came_out.patient_id)},
    )


@consequence("inbox.put_task", "patients.open")
def ask_to_cosign(act: Act, fact: CosignAsked) -> None:
    """Who is asked instead of another has it alone."""
    act.require("patients.open")
    note = Note.objects.visible_to(act).filter(id=fact.note_id, voided_at=None, cosigned_at=None).first()
    if note is None or note.cosigner_id not in (None, fact.practitioner_id):
        return
    known = inbox.put_task(
        act,
        source=f"chart.note:{fact.note_id}#cosign@{note.version}",
        kind="cosign",
        patient_id=note.patient_id,
        owner_id=fact.practitioner_id,
        department_id=note.encounter.department_id if note.encounter else None,
        subject=note.title or note.kind,
        note=note.author_name,
        about=[f"chart.note:{note.id}"],
        route="chart:note",
        route_args={"patient_id": str(note.patient_id), "note_id": str(note.id)},
    )
    inbox.replace_task(act, source=f"chart.note:{fact.note_id}#cosign", reason="Somebody else is asked.", but=known.id)


@consequence("inbox.put_task")
def end_what_was_cosigned(act: Act, fact: NoteCosigned) -> None:
    inbox.complete_task(act, source=f"chart.note:{fact.note_id}#cosign")


@consequence("inbox.put_task")
def end_what_was_voided(act: Act, fact: NoteVoided) -> None:
    inbox.replace_task(act, source=f"chart.note:{fact.note_id}#cosign", reason="The note was voided.")


@consequence("inbox.put_task", "patients.open")
def ask_about_allergies(act: Act, fact: EncounterStarted) -> None:
    """Nobody knows whether the patient is allergic: once a visit, the people of the department ask."""
    act.require("patients.open")
    act.require("inbox.put_task")
    if fact.patient_id is None or fact.department_id is None:
        return
    if allergy_list(act, fact.patient_id).state != "not_recorded":
        return
    inbox.put_task(
        act,
        source=f"chart.allergies:{fact.patient_id}@{fact.encounter_id}",
        kind="missing",
        patient_id=fact.patient_id,
        owner_id=None,
        department_id=fact.department_id,
        subject=_("Allergies are not recorded"),
        note=_("Ask, and record them, or that none are known."),
        route="chart:allergies",
        route_args={"patient_id": str(fact.patient_id)},
    )


@consequence("inbox.put_task")
def note_that_allergies_are_known(act: Act, fact: AllergyRecorded) -> None:
    inbox.complete_task(act, source=f"chart.allergies:{fact.patient_id}")


@consequence("inbox.put_task")
def ask_no_more_about_allergies(act: Act, fact: EncounterFinished) -> None:
    """Who has left cannot be asked; the next visit asks again."""
    source = f"chart.allergies:{fact.patient_id}@{fact.encounter_id}"
    inbox.replace_task(act, source=source, reason=_("The visit is over."))


@consequence("inbox.put_task")
def ask_to_countersign(act: Act, fact: CountersignAsked) -> None:
    for order in Order.objects.filter(id__in=fact.order_ids, patient__facility_id=act.here, countersigned_at=None):
        inbox.put_task(
            act,
            source=f"orders.order:{order.id}#countersign",
            kind="countersign",
            patient_id=order.patient_id,
            owner_id=fact.practitioner_id,
            department_id=fact.department_id,
            subject=order.display,
            note=(
                _("High-alert medicine, ordered by %(who)s: somebody else signs too")
                if fact.countersign == "high-alert"
                else _("By word of mouth of %(who)s")
            )
            % {"who": order.requester_name},
            about=[f"orders.order:{order.id}"],
            route="orders:open?show=countersign",
            route_args={"ordered_by": str(order.requester_id)} if fact.countersign == "high-alert" else {},
            priority="urgent" if fact.countersign == "high-alert" else "routine",
        )


@consequence("inbox.put_task")
def tell_who_answers(act: Act, fact: OrderHandedOver) -> None:
    """Whoever answers for an order from now on is told; of several of one patient each by itself."""
    for order in Order.objects.filter(id__in=fact.order_ids, patient__facility_id=act.here):
        inbox.put_task(
            act,
            source=f"orders.order:{order.id}#handed-over:{fact.practitioner_id}",
            kind="task",
            patient_id=order.patient_id,
            owner_id=fact.practitioner_id,
            department_id=order.department_id,
            subject=order.display,
            note="handed over",
            about=[f"orders.order:{order.id}"],
            route="orders:open",
            route_args={},
            priority="urgent" if order.priority != "routine" else "routine",
        )


@consequence("inbox.put_task")
def tell_what_was_not_done(act: Act, fact: OrderPerformed) -> None:
    """What was refused, withheld or not done is told to who answers for the order."""
    row = Performance.objects.filter(id=fact.performance_id, status="not-done", voided_at=None).first()
    order = row.order if row else None
    if row is not None and order is not None and order.patient_id == fact.patient_id:
        inbox.put_task(
            act,
            source=f"orders.performance:{row.id}#not-done",
            kind="task",
            patient_id=order.patient_id,
            owner_id=order.responsible_id,
            department_id=order.department_id,
            subject=_("Not done: %(what)s") % {"what": order.display},
            note=row.reason_words,
            about=[f"orders.order:{order.id}", f"orders.performance:{row.id}"],
            route="orders:perform",
            route_args={"order_id": str(order.id)},
        )


@consequence("inbox.put_task")
def end_what_was_countersigned(act: Act, fact: OrderCountersigned) -> None:
    for order_id in fact.order_ids:
        inbox.complete_task(act, source=f"orders.order:{order_id}#countersign")


@consequence("inbox.put_task")
def end_what_needs_no_second(act: Act, fact: OrderStopped) -> None:
    """A high-alert medicine that is no longer given needs no second signature; a verbal order needs its own all the same."""
    if not Order.objects.filter(id=fact.order_id, countersign="verbal").exists():
        inbox.replace_task(act, source=f"orders.order:{fact.order_id}#countersign", reason="The order was stopped.")


@consequence("inbox.put_task")
def tell_who_ordered(act: Act, fact: AlertShown) -> None:
    """Something recorded since speaks against what the patient takes: who ordered it looks again."""
    if fact.outcome != "found" or fact.tier not in ("stop", "interrupt"):
        return
    here = {"patient__facility_id": act.here}
    taken: Any = None
    if fact.order_id:
        taken = Order.objects.filter(id=fact.order_id, **here).first()
    elif fact.statement_id:
        taken = MedicationStatement.objects.filter(id=fact.statement_id, **here).select_related("encounter").first()
    if taken is not None:
        place = taken.encounter.department_id if fact.statement_id and taken.encounter else None
        about = fact.source if not fact.statement_id else f"{fact.source}:{fact.rule}"
        inbox.put_task(
            act,
            source=f"orders.{'statement' if fact.statement_id else 'order'}:{taken.id}#safety@{about}",
            kind="task",
            patient_id=taken.patient_id,
            owner_id=fact.practitioner_id,
            department_id=place if fact.statement_id else taken.department_id,
            subject=_("Look again at %(medicine)s") % {"medicine": taken.display},
            note=_("Something that was recorded since speaks against it. Stop it, or change it."),
            about=[f"orders.{'statement' if fact.statement_id else 'order'}:{taken.id}"],
            route="orders:medicines",
            route_args={"patient_id": str(taken.patient_id)},
            priority="stat" if fact.tier == "stop" else "urgent",
        )


@consequence("inbox.put_task")
def end_what_safety_found(act: Act, fact: OrderStopped) -> None:
    inbox.replace_task(act, source=f"orders.order:{fact.order_id}#safety", reason="The order was stopped.")


@consequence("inbox.escalate")
def hand_on_what_waits(act: Act, fact: UserRetired) -> None:
    inbox.hand_on_tasks_of(act, user_id=fact.user_id)
