"""The screens of the rules: what is known, what was decided about it, how often it spoke; and a hospital's own lines."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.core.csv_files import as_csv
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, Stale
from salus.core.posted import posted_version
from salus.patients.screens import require_patient
from salus.safety import loading, services
from salus.safety.definitions import SHAPES, SOURCE
from salus.safety.forms import DecisionForm, KnowledgeForm, ReviewForm
from salus.safety.models import Rule
from salus.safety.queries import first_line as choices
from salus.safety.queries import reviews
from salus.safety.queries import rules as queries
from salus.safety.queries.rules import RuleDetail
from salus.safety.telling import (
    KINDS,
    REVIEW_STATES,
    SAYS,
    TIER_TONES,
    TIER_WORDS,
    VERDICT_TONES,
    VERDICT_WORDS,
    routes_of,
    said,
)

MANAGE = "safety.manage_rules"


@door("safety.view_rules")
def rules(request: Any) -> HttpResponse:
    """Every rule of the checks, by kind, by words and by what was found when it was reviewed."""
    kind, text = request.GET.get("kind", ""), request.GET.get("words", "")[:100]
    state = request.GET.get("state", "")
    state = state if state in REVIEW_STATES else ""
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    found = queries.rules_page(request.act, kind=kind, text=text, state=state, page=page)
    context = {"found": found, "kind": kind, "text": text, "state": state, "kinds": KINDS} | _words()
    return render(request, "safety/rules.html", context)


@door("safety.view_rules")
def rules_file(request: Any) -> HttpResponse:
    """All that the checks know, with its sources and reviews, as a table for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="safety-rules.csv"'}
    content = as_csv(reviews.HEAD, reviews.as_table(request.act))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@door("safety.view_rules")
def rates(request: Any) -> HttpResponse:
    """How often each rule spoke lately, what it stopped, and how often it was passed."""
    lines = queries.loudest_rules(request.act)
    return render(request, "safety/rates.html", {"lines": lines, "days": queries.DAYS, "kinds": KINDS} | _words())


@door("safety.view_rules")
def rule(request: Any, rule_id: UUID) -> HttpResponse:
    """One rule: its source, its rates, the reasons that people gave, and what was decided about it."""
    return _rule_page(request, _detail(request, rule_id))


@door("safety.view_rules", methods=("POST",))
def decide_rule(request: Any, rule_id: UUID) -> HttpResponse:
    """Decide how loudly a rule speaks here, whether it does, and who answers for it."""
    form = DecisionForm(queries.owners(request.act), request.POST)
    if not form.is_valid():
        return _rule_page(request, _detail(request, rule_id), form, status=422)
    typed = form.cleaned_data
    try:
        services.decide_rule(
            request.act,
            rule_id=rule_id,
            version=posted_version(request),
            tier=typed["tier"],
            is_retired=typed["is_retired"],
            owner_id=UUID(typed["owner"]) if typed["owner"] else None,
            reason=typed["reason"],
        )
    except (Invalid, Stale) as refusal:
        for name, words in refusal.fields.items():
            form.add_error(name, words)
        if not refusal.fields:
            form.add_error(None, str(refusal))
        return _rule_page(request, _detail(request, rule_id), form, status=refusal.status)
    messages.success(request, _("Decided. It holds from the next order on."))
    return HttpResponseRedirect(reverse("safety:rule", args=[rule_id]), status=303)


@door("safety.review_rules", methods=("POST",))
def review_rule(request: Any, rule_id: UUID) -> HttpResponse:
    """Say what was found when a statement was held against its source."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _rule_page(request, _detail(request, rule_id), review=form, status=422)
    try:
        services.review_rule(request.act, rule_id=rule_id, version=posted_version(request), **form.cleaned_data)
    except Rule.DoesNotExist as error:
        raise NotFound from error
    except (Invalid, Stale) as refusal:
        for name, words in refusal.fields.items():
            form.add_error(name, words)
        if not refusal.fields:
            form.add_error(None, str(refusal))
        return _rule_page(request, _detail(request, rule_id), review=form, status=refusal.status)
    messages.success(request, _("Kept with your name."))
    return HttpResponseRedirect(reverse("safety:rule", args=[rule_id]), status=303)


@door(MANAGE)
def knowledge(request: Any) -> HttpResponse:
    """Where a hospital brings lines of its own."""
    return _knowledge_page(request, KnowledgeForm())


@door(MANAGE, methods=("POST",), effect=False)
def compare_knowledge(request: Any) -> HttpResponse:
    """What the lines would change; nothing is changed yet."""
    form = KnowledgeForm(request.POST)
    if not form.is_valid():
        return _knowledge_page(request, form, status=422)
    try:
        lines = loading.read_own(form.cleaned_data["file"], form.cleaned_data["content"])
    except Invalid as refusal:
        return _refused(request, form, refusal)
    return _knowledge_page(request, form, changes=loading.compare(lines, request.act.here))


@door(MANAGE, methods=("POST",))
def load_own_knowledge(request: Any) -> HttpResponse:
    """Bring the lines that were looked at."""
    form = KnowledgeForm(request.POST)
    if not form.is_valid():
        return _knowledge_page(request, form, status=422)
    try:
        count = services.load_own_knowledge(request.act, **form.cleaned_data)
    except Invalid as refusal:
        return _refused(request, form, refusal)
    messages.success(request, ngettext("%(n)s line holds now.", "%(n)s lines hold now.", count) % {"n": count})
    return HttpResponseRedirect(reverse("safety:rules"), status=303)


@door("orders.order_medicine", methods=("POST",), effect=False)
def first_line(request: Any, patient_id: UUID) -> HttpResponse:
    """What guidelines take first for the patient's problems, for the composer."""
    require_patient(request.act, patient_id)
    found = choices.first_line(request.act, patient_id)
    return render(request, "safety/_first_line.html", {"found": found, "patient_id": patient_id})


def _detail(request: Any, rule_id: UUID) -> RuleDetail:
    try:
        return queries.rule_detail(request.act, rule_id)
    except Rule.DoesNotExist as error:
        raise NotFound from error


def _rule_page(
    request: Any,
    detail: RuleDetail,
    form: DecisionForm | None = None,
    status: int = 200,
    review: ReviewForm | None = None,
) -> HttpResponse:
    if form is None and detail.may_decide:
        setting = detail.setting
        initial = {}
        if setting is not None:
            initial = {"tier": setting.tier, "is_retired": setting.is_retired, "owner": str(setting.owner_id or "")}
        form = DecisionForm(queries.owners(request.act), initial=initial)
    if review is None and detail.may_review:
        review = ReviewForm(initial={"seen": detail.version})
    context = {
        "detail": detail,
        "form": form,
        "review": review,
        "kinds": KINDS,
        "says": SAYS,
        "said": said,
        "days": queries.DAYS,
    } | _words()
    return render(request, "safety/rule.html", context, status=status)


def _knowledge_page(request: Any, form: KnowledgeForm, changes: Any = None, status: int = 200) -> HttpResponse:
    shapes = [(shape.name, ",".join((*shape.columns, *SOURCE))) for shape in SHAPES.values()]
    context = {"form": form, "changes": changes, "shapes": shapes, "routes_of": routes_of}
    return render(request, "safety/knowledge.html", context, status=status)


def _refused(request: Any, form: KnowledgeForm, refusal: Invalid) -> HttpResponse:
    for name, words in refusal.fields.items():
        form.add_error(name, words.split("\n"))
    return _knowledge_page(request, form, status=422)


def _words() -> dict[str, Any]:
    return {
        "tiers": TIER_WORDS,
        "tier_tones": TIER_TONES,
        "verdicts": VERDICT_WORDS,
        "verdict_tones": VERDICT_TONES,
        "states": REVIEW_STATES,
    }
