"""The order composer: pick, write the line, sign them all with one signature.

Every step is a POST of its own whose answer is the whole composer (`#composer`) for htmx, or a redirect without it.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.core.door import door
from salus.core.errors import Invalid, NotFound, SalusError, Stale
from salus.core.posted import require_same_patient
from salus.orders import composing, drafts, finding, services
from salus.orders.forms import MedicineLineForm
from salus.orders.lines import item_of
from salus.orders.views.pages import answer, changed, may_order, opened, page
from salus.patients.screens import require_patient
from salus.ui.combobox import Option, offer, typed


@door("orders.view")
def compose(request: Any, patient_id: UUID) -> HttpResponse:
    """The doer's draft for this patient, ready to be added to and signed; with a line of it open where one is named."""
    patient = opened(request, patient_id)
    lines = drafts.lines_of(request.act, patient_id)
    key = request.GET.get("line", "")
    old = next((line for line in lines if key and line.key == key), None)
    picked = (old.kind, old.subject) if old else None
    found = composing.compose(request.act, patient_id, lines, picked=picked, replaces=key if old else "")
    return page(request, patient, found)


@door("orders.view", methods=("POST",), effect=False)
def search(request: Any, patient_id: UUID) -> HttpResponse:
    """What can be ordered, for the composer's box."""
    may_order(request.act)
    require_patient(request.act, patient_id)  # what is offered says what the patient is allergic to
    found = finding.orderables(request.act, patient_id, typed(request))
    options = (Option(value=one.value, label=one.label, sub=one.sub, badge=one.badge, tone=one.tone) for one in found)
    return offer(request, options, nothing=_("Nothing that can be ordered has this name."))


@door("orders.view", methods=("POST",), effect=False)
def pick(request: Any, patient_id: UUID) -> HttpResponse:
    """Open the form for what was picked, or for a line of the draft that is to be changed; a favourite, or an order set."""
    patient = opened(request, patient_id)
    lines = drafts.lines_of(request.act, patient_id)
    old = next((line for line in lines if line.key == request.POST.get("line")), None)
    picked = (old.kind, old.subject) if old else finding.read_value(request.POST.get("what", ""))
    if picked and picked[0] == "favourite":
        return answer(request, patient, composing.open_favourite(request.act, patient_id, picked[1], lines))
    message = "" if picked else _("Choose something of the list.")
    replaces = old.key if old else ""
    found = composing.compose(request.act, patient_id, lines, picked=picked, replaces=replaces, message=message)
    return answer(request, patient, found)


@door("orders.view", methods=("POST",), effect=False)
def reckon(request: Any, patient_id: UUID) -> HttpResponse:
    """What the dose and the days typed so far amount to, and what a dose for each kilogram comes to."""
    may_order(request.act)
    picked = finding.read_value(request.POST.get("what", ""))
    pack = composing.catalogue([], picked).find(*picked) if picked and picked[0] == "medicine" else None
    if pack is None:
        raise NotFound
    form = MedicineLineForm(pack, request.POST)
    form.is_valid()
    return render(request, "orders/_reckoned.html", {"form": form, "pack": pack})


@door("orders.view", methods=("POST",))
def add(request: Any, patient_id: UUID) -> HttpResponse:
    """Add the line that was written to the draft."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    patient = opened(request, patient_id)
    picked = finding.read_value(request.POST.get("what", ""))
    lines = drafts.lines_of(request.act, patient_id, to_change=True)
    known = composing.catalogue(lines, *([picked] if picked else []))
    subject = known.find(*picked) if picked else None
    if picked is None or subject is None:
        raise Invalid(_("This cannot be ordered any more."))
    replaces = request.POST.get("line", "")
    form = composing.editor_form(request.act, picked[0], subject, request.POST)
    if not form.is_valid():
        asked = {"picked": picked, "data": request.POST, "replaces": replaces, "known": known}
        return answer(request, patient, composing.compose(request.act, patient_id, lines, **asked), status=422)
    line = form.line() if picked[0] == "medicine" else form.line(subject.id)
    try:
        lines = drafts.put(request.act, patient_id, line, lines=lines, instead_of=replaces)
    except Stale as refusal:
        found = composing.compose(request.act, patient_id, lines, message=str(refusal))
        return answer(request, patient, found, status=refusal.status)
    found = composing.compose(request.act, patient_id, lines, known=known)
    composing.say_shown(request.act, found, {line.key})
    return changed(request, patient, found)


@door("orders.view", methods=("POST",))
def remove(request: Any, patient_id: UUID) -> HttpResponse:
    """Take a line out of the draft."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    patient = opened(request, patient_id)
    lines = drafts.remove(request.act, patient_id, request.POST.get("line", ""))
    return changed(request, patient, composing.compose(request.act, patient_id, lines))


@door("orders.view", methods=("POST",))
def sign(request: Any, patient_id: UUID) -> HttpResponse:
    """Sign the lines that the page showed as ready."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    keys = request.POST.getlist("line")
    reasons = {key: request.POST.get(f"reason_{key}", "") for key in keys}
    taken: list[drafts.Line] = []
    try:
        taken = drafts.take(request.act, patient_id, keys)
        signed = services.place_orders(
            request.act,
            patient_id=patient_id,
            encounter_id=finding.read_id(request.POST.get("encounter_id", "")),
            items=[item_of(line, reasons[line.key]) for line in taken],
            told_by=finding.read_id(request.POST.get("told_by", "")),
        )
    except (Stale, Invalid, services.Stopped, services.NotReplaceable) as refusal:
        return _refused(request, patient_id, taken, reasons, refusal)
    text = ngettext("%(n)s order signed.", "%(n)s orders signed.", len(signed)) % {"n": len(signed)}
    messages.success(request, text)
    return HttpResponseRedirect(reverse("orders:orders", args=[patient_id]), status=303)


def _refused(
    request: Any, patient_id: UUID, taken: list[drafts.Line], reasons: dict[str, str], refusal: SalusError
) -> HttpResponse:
    """The draft as it was, with what has to be mended beside each line; the door rolls back.

    Lines that this transaction took out are shown from memory.
    """
    mistakes: dict[str, list[str]] = {}
    for name, words in refusal.fields.items():
        place = name.rpartition("_")[2]
        if place.isdigit() and int(place) < len(taken):
            mistakes.setdefault(taken[int(place)].key, []).append(words)
    left = drafts.lines_of(request.act, patient_id)
    message = refusal.fields.get("told_by") or str(refusal)
    found = composing.compose(
        request.act, patient_id, [*taken, *left], message=message, mistakes=mistakes, reasons=reasons
    )
    return page(request, opened(request, patient_id), found, status=refusal.status)
