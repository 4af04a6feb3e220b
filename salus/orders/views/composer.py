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

from salus.core.act import Act
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, SalusError, Stale
from salus.orders import composing, drafts, finding, services
from salus.orders.composing import Composer
from salus.orders.forms import MedicineLineForm, item_of
from salus.patients.screens import patient_page, require_patient
from salus.ui.combobox import Option, offer, typed


@door("orders.view")
def compose(request: Any, patient_id: UUID) -> HttpResponse:
    """The doer's draft for this patient, ready to be added to and signed."""
    _may_order(request.act)
    return _page(request, patient_id, composing.compose(request.act, patient_id))


@door("orders.view", methods=("POST",), effect=False)
def search(request: Any, patient_id: UUID) -> HttpResponse:
    """What can be ordered, for the composer's box."""
    _may_order(request.act)
    require_patient(request.act, patient_id)  # what is offered says what the patient is allergic to
    found = finding.orderables(request.act, patient_id, typed(request))
    options = (Option(value=one.value, label=one.label, sub=one.sub, badge=one.badge, tone=one.tone) for one in found)
    return offer(request, options, nothing=_("Nothing in the formulary or the test catalogue has this name."))


@door("orders.view", methods=("POST",), effect=False)
def pick(request: Any, patient_id: UUID) -> HttpResponse:
    """Open the form for what was picked, or for a line of the draft that is to be changed."""
    _may_order(request.act)
    lines = drafts.lines_of(request.act, patient_id)
    old = next((line for line in lines if line.key == request.POST.get("line")), None)
    picked = (old.kind, old.subject) if old else finding.read_value(request.POST.get("what", ""))
    replaces = old.key if old else ""
    message = "" if picked else _("Choose a medicine or a test of the list.")
    found = composing.compose(request.act, patient_id, lines=lines, picked=picked, replaces=replaces, message=message)
    return _answer(request, patient_id, found)


@door("orders.view", methods=("POST",), effect=False)
def reckon(request: Any, patient_id: UUID) -> HttpResponse:
    """What the dose and the days typed so far amount to."""
    _may_order(request.act)
    picked = finding.read_value(request.POST.get("what", ""))
    pack = composing.catalogue([], picked).find(*picked) if picked and picked[0] == "medicine" else None
    if pack is None:
        raise NotFound
    form = MedicineLineForm(pack, request.POST)
    form.is_valid()
    return render(request, "orders/_reckoned.html", {"reckoned": form.reckoned(), "unit": pack.unit})


@door("orders.view", methods=("POST",))
def add(request: Any, patient_id: UUID) -> HttpResponse:
    """Add the line that was written to the draft."""
    _may_order(request.act)
    _same_patient(request, patient_id)
    require_patient(request.act, patient_id)
    picked = finding.read_value(request.POST.get("what", ""))
    subject = composing.catalogue([], picked).find(*picked) if picked else None
    if picked is None or subject is None:
        raise Invalid(_("This cannot be ordered any more."))
    replaces = request.POST.get("line", "")
    form = composing.editor_form(picked[0], subject, request.POST)
    if not form.is_valid():
        found = composing.compose(request.act, patient_id, picked=picked, data=request.POST, replaces=replaces)
        return _answer(request, patient_id, found, status=422)
    line = form.line() if picked[0] == "medicine" else form.line(subject.id)
    lines = drafts.put(request.act, patient_id, line, instead_of=replaces)
    found = composing.compose(request.act, patient_id, lines=lines)
    composing.say_shown(request.act, found, line.key)
    return _changed(request, patient_id, found)


@door("orders.view", methods=("POST",))
def remove(request: Any, patient_id: UUID) -> HttpResponse:
    """Take a line out of the draft."""
    _may_order(request.act)
    _same_patient(request, patient_id)
    require_patient(request.act, patient_id)
    lines = drafts.remove(request.act, patient_id, request.POST.get("line", ""))
    return _changed(request, patient_id, composing.compose(request.act, patient_id, lines=lines))


@door("orders.view", methods=("POST",))
def sign(request: Any, patient_id: UUID) -> HttpResponse:
    """Sign the lines that the page showed as ready."""
    _may_order(request.act)
    _same_patient(request, patient_id)
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
        )
    except (Stale, Invalid, services.Stopped) as refusal:
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
    found = composing.compose(
        request.act,
        patient_id,
        lines=[*taken, *left],
        message=str(refusal),
        mistakes=mistakes,
        reasons=reasons,
    )
    return _page(request, patient_id, found, status=refusal.status)


def _may_order(act: Act) -> None:
    act.require_any(*composing.RIGHTS)


def _same_patient(request: Any, patient_id: UUID) -> None:
    """A form that was drawn for another patient is refused, whatever address it is sent to."""
    if request.POST.get("patient_id") != str(patient_id):
        raise Invalid(_("This form belongs to another patient. Nothing was saved. Open the patient again."))


def _changed(request: Any, patient_id: UUID, found: Composer) -> HttpResponse:
    if request.htmx:
        return _answer(request, patient_id, found)
    return HttpResponseRedirect(reverse("orders:compose", args=[patient_id]), status=303)


def _answer(request: Any, patient_id: UUID, found: Composer, status: int = 200) -> HttpResponse:
    if not request.htmx:
        return _page(request, patient_id, found, status)
    page = patient_page(request.act, patient_id)
    return render(request, "orders/_composer.html", page | {"composer": found}, status=status)


def _page(request: Any, patient_id: UUID, found: Composer, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, patient_id, "orders")
    return render(request, "orders/compose.html", page | {"composer": found}, status=status)
