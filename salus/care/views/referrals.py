"""Referrals on the screen: what is open, one with all that may be done, and asking."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.care import services
from salus.care.forms import AnswerForm, IncomingForm, ReceiverForm, ReferralForm, WhyForm, put_errors
from salus.care.models import Referral
from salus.care.models.referrals import PRIORITIES
from salus.care.queries import referrals as reads
from salus.care.queries.follow_ups import follow_ups_of
from salus.care.queries.plans import goals_without_plan, plans_of, procedures_of, team_of, treatments_of
from salus.core.act import Act
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.patients import access
from salus.patients.queries.access import grantees
from salus.patients.screens import landing, patient_page
from salus.places.queries import departments_to_choose


@door("care.view")
def worklist(request: Any) -> HttpResponse:
    """Open referrals to and from this person and the own departments, with how long they have waited."""
    found = reads.open_worklist(request.act)
    return render(request, "care/referrals.html", {"found": found, "now": request.act.at})


@door("patients.open")
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """The patient's tab of care."""
    page = patient_page(request.act, patient_id, "care")
    context = {
        "referrals": reads.referrals_of(request.act, patient_id),
        "follow_ups": follow_ups_of(request.act, patient_id),
        "treatments": treatments_of(request.act, patient_id),
        "plans": plans_of(request.act, patient_id),
        "goals": goals_without_plan(request.act, patient_id),
        "procedures": procedures_of(request.act, patient_id),
        "team": team_of(request.act, patient_id),
        "now": request.act.at,
    }
    return render(request, "care/of_patient.html", page | context)


@door("care.refer", methods=("GET", "POST"))
def send_referral(request: Any, patient_id: UUID) -> HttpResponse:
    """Refer the patient to a department, a colleague or out of the house."""
    act = request.act
    form = ReferralForm(request.POST or None, kinds=reads.kinds_of_referral(), **_receivers(act))
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            visit = open_encounter(act, patient_id)
            values = {name: form.cleaned_data[name] for name in ("question", "priority", "note")}
            values |= {"orderable_id": UUID(form.cleaned_data["orderable"]), "to": form.receiver()}
            try:
                made = services.send_referral(
                    act, patient_id=patient_id, encounter_id=visit.id if visit else None, **values
                )
                return _to(request, made.id, _("The referral is sent."))
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(act, patient_id, "care")
    return render(request, "care/refer.html", page | {"form": form}, status=422 if form.is_bound else 200)


@door("care.register_referral", methods=("GET", "POST"))
def register_referral(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down a referral that came from outside."""
    act = request.act
    places = [(str(one), name) for one, name in departments_to_choose(act)]
    form = IncomingForm(request.POST or None, places=places)
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            said = dict(form.cleaned_data)
            try:
                made = services.register_referral(
                    act, patient_id=patient_id, department_id=UUID(said.pop("department")), **said
                )
                messages.success(request, _("The referral is written down."))
                opens = reverse("care:referral", args=[made.id])
                return HttpResponseRedirect(opens if act.may("patients.open") else landing(act, patient_id), status=303)
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(act, patient_id, to=access.OPEN if act.may("patients.open") else access.FIND)
    return render(request, "care/register.html", page | {"form": form}, status=422 if form.is_bound else 200)


@door("patients.open")
def show(request: Any, referral_id: UUID) -> HttpResponse:
    """One referral: the question, what became of it, and what this person may do next."""
    return _page(request, reads.referral_of(request.act, referral_id))


@door("patients.open", methods=("POST",))
def accept_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Say that the patient will be seen."""
    known = _posted(request, referral_id)
    services.accept_referral(request.act, referral_id=known.id, version=posted_version(request))
    return _to(request, known.id, _("Accepted."))


@door("patients.open", methods=("POST",))
def decline_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Say no, and why."""
    known, form = _posted(request, referral_id), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, known, declining=form, status=422)
    services.decline_referral(
        request.act, referral_id=known.id, version=posted_version(request), reason=form.cleaned_data["reason"]
    )
    return _to(request, known.id, _("Declined. The referrer is asked to look."))


@door("care.refer", methods=("POST",))
def resend_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Ask somebody else after a refusal."""
    known, form = _posted(request, referral_id), ReceiverForm(request.POST, **_receivers(request.act))
    if form.is_valid():
        try:
            services.resend_referral(
                request.act, referral_id=known.id, version=posted_version(request), to=form.receiver()
            )
            return _to(request, known.id, _("The referral is sent."))
        except Invalid as mistakes:
            put_errors(form, mistakes)
    return _page(request, known, resending=form, status=422)


@door("patients.open", methods=("POST",))
def mark_seen(request: Any, referral_id: UUID) -> HttpResponse:
    """Say that the patient was seen."""
    known = _posted(request, referral_id)
    services.mark_seen(request.act, referral_id=known.id, version=posted_version(request))
    return _to(request, known.id, _("Seen. The answer is still to be written."))


@door("patients.open", methods=("POST",))
def answer_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Answer with words, a note or a document."""
    known = _posted(request, referral_id)
    notes, documents = reads.reports_to_choose(request.act, known.patient_id)
    form = AnswerForm(request.POST, notes=notes, documents=documents)
    if form.is_valid():
        try:
            services.answer_referral(request.act, referral_id=known.id, version=posted_version(request), **form.said())
            return _to(request, known.id, _("Answered. The referrer is asked to take note."))
        except Invalid as mistakes:
            put_errors(form, mistakes)
    return _page(request, known, answering=form, status=422)


@door("patients.open", methods=("POST",))
def acknowledge_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Take note of the answer or the refusal."""
    known = _posted(request, referral_id)
    services.acknowledge_referral(request.act, referral_id=known.id, version=posted_version(request))
    return _to(request, known.id, _("Closed."))


@door("patients.open", methods=("POST",))
def cancel_referral(request: Any, referral_id: UUID) -> HttpResponse:
    """Take a referral back."""
    known, form = _posted(request, referral_id), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, known, cancelling=form, status=422)
    services.cancel_referral(
        request.act, referral_id=known.id, version=posted_version(request), reason=form.cleaned_data["reason"]
    )
    return _to(request, known.id, _("The referral is taken back."))


# ---------------------------------------------------------------- what they draw


def _posted(request: Any, referral_id: UUID) -> Referral:
    known = reads.referral_of(request.act, referral_id)
    require_same_patient(request, known.patient_id)
    return known


def _page(request: Any, known: Referral, *, status: int = 200, **forms: Any) -> HttpResponse:
    act = request.act
    page = patient_page(act, known.patient_id, "care")
    is_referrer = act.may("care.refer") and (
        known.from_department_id in act.places
        or (known.referrer_id is not None and known.referrer_id == act.practitioner_id)
    )
    is_asked = act.may("care.take_referral") and (
        known.to_department_id in act.places
        or (known.to_practitioner_id is not None and known.to_practitioner_id == act.practitioner_id)
    )
    takes = is_referrer if known.is_outgoing else is_asked
    answers = takes and known.is_with_receiver
    context: dict[str, Any] = {
        "row": known,
        "now": act.at,
        "priorities": dict(PRIORITIES),
        "takes": takes and known.is_with_receiver,
        "closes": (takes if known.is_incoming else is_referrer) and known.status in ("answered", "declined"),
        "takes_back": (is_asked or known.recorded_by_id == act.by if known.is_incoming else is_referrer)
        and known.status in ("sent", "accepted", "booked"),
        "answering": None,
        "declining": WhyForm(auto_id="id_decline_%s"),
        "cancelling": WhyForm(auto_id="id_cancel_%s"),
        "resending": ReceiverForm(**_receivers(act)) if is_referrer and known.wants_receiver else None,
    }
    if answers:
        notes, documents = reads.reports_to_choose(act, known.patient_id)
        context["answering"] = AnswerForm(notes=notes, documents=documents)
    return render(request, "care/referral.html", page | context | forms, status=status)


def _receivers(act: Act) -> dict[str, Any]:
    places = [(f"d:{one}", name) for one, name in departments_to_choose(act)]
    return {"people": grantees(act), "places": places}


def _to(request: Any, referral_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("care:referral", args=[referral_id]), status=303)
