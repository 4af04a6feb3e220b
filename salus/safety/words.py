"""What a finding says to the person at the screen: short, whole words, what is wrong, and what to do."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from salus.orders.sockets import Alert
from salus.orders.words import route_words
from salus.safety.queries.cases import Told
from salus.safety.rules.findings import Finding
from salus.safety.rules.knowledge import named_term
from salus.ui import formatting

Words = tuple[str, str, str, str]  # title, detail, what to do instead, one word


def alert_of(finding: Finding, told: Told) -> Alert:
    """The finding as an alert in words; one that was answered before says by whom and why."""
    title, detail, instead, badge = _WORDS[finding.kind](finding.says, told)
    detail = " ".join(part for part in (detail, _by_route(finding.says)) if part)
    answered = told.answers.get(finding.key) if finding.tier == "note" else None
    return Alert(
        rule=finding.rule,
        tier=finding.tier,
        title=title,
        detail=detail,
        instead=instead,
        source=finding.row,
        place=finding.place,
        source_words=finding.source,
        key=finding.key,
        badge=badge,
        answered=_("Answered %(when)s by %(who)s: %(why)s")
        % {"when": formatting.instant(answered.at), "who": answered.by, "why": answered.reason}
        if answered
        else "",
    )


def _by_route(says: Mapping[str, Any]) -> str:
    """By which routes alone a statement holds, where it says so."""
    named = [
        _("%(medicine)s: %(routes)s") % {"medicine": named_term(term), "routes": ", ".join(map(route_words, routes))}
        for term, routes in says.get("by_route", ())
    ]
    return _("This holds by route (%(which)s).") % {"which": "; ".join(named)} if named else ""


def _allergy(says: Mapping[str, Any], told: Told) -> Words:
    allergy, group = says["allergy"], says["what"].replace("-", " ")
    happened = told.reactions.get(allergy.id, "")
    if says["by"] == "group":
        detail = _("%(medicine)s belongs to the same group: %(group)s.") % {
            "medicine": says["medicine"],
            "group": group,
        }
        instead = _("Choose a medicine of another group than %(group)s.") % {"group": group}
    else:
        detail = _("%(medicine)s is what the allergy names.") % {"medicine": says["medicine"]}
        instead = _("Choose another medicine.")
    return (
        _("Allergy: %(name)s") % {"name": allergy.display} + (f", {happened}" if happened else ""),
        detail,
        f"{instead} " + _("If the allergy is recorded wrongly, correct the record first."),
        _("Allergy"),
    )


def _cross(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("May react like the allergy to %(allergy)s") % says
    return title, says["statement"], _("Choose another medicine, or say why this one."), _("Allergy")


def _interaction(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s with %(other)s") % says
    if says["is_taken"]:
        title = _("%(medicine)s with %(other)s, which is taken already") % says
    instead = says["management"]
    if says["severity"] == "contraindicated":
        instead = f"{instead} " + _("To order it, stop the other one first.")
    return title, says["statement"], instead.strip(), _("Interaction")


def _duplicate(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(what)s twice") % says
    if says["is_taken"]:
        since = formatting.day(says["since"]) if says["since"] else ""
        detail = _("%(other)s is taken already.") % says
        if since:
            detail = _("%(other)s is taken already, since %(since)s.") % {"other": says["other"], "since": since}
    else:
        detail = _("%(other)s stands in the same draft.") % says
    return title, detail, _("Stop one of them, or say why both are needed."), _("Twice")


def _same_class(says: Mapping[str, Any], told: Told) -> Words:
    _title, detail, instead, badge = _duplicate(says, told)
    title = _("%(medicine)s and %(other)s are of one class (ATC %(what)s)") % says
    return title, detail, instead, badge


def _much(value: Decimal, says: Mapping[str, Any]) -> str:
    rounded = value.quantize(Decimal("0.001")).normalize() if value.as_tuple().exponent < -3 else value.normalize()  # type: ignore[operator]
    amount = formatting.amount(Decimal(f"{rounded:f}"), says["unit"])
    if says["per"] == "day":
        return _("%(amount)s a day") % {"amount": amount}
    return _("%(amount)s in one dose") % {"amount": amount}


def _frequency(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s: not so often") % says
    once = says["times"] == 1 and says["days"] == 7
    instead = _("Write it once a week, and name the day.") if once else _("Write it less often.")
    return title, says["statement"], instead, _("How often")


def _limits(says: Mapping[str, Any]) -> str:
    reasons = []
    if says["basis"] == "kg":
        reasons.append(_("by weight"))
    if says["basis"] == "m2":
        reasons.append(_("by body surface"))
    if says["is_renal"]:
        reasons.append(_("for these kidneys"))
    if says["is_hepatic"]:
        reasons.append(_("for this liver"))
    return f" ({', '.join(reasons)})" if reasons else ""


def _high(says: Mapping[str, Any], _told: Told) -> Words:
    most = _much(says["high"], says) + _limits(says)
    title = _("%(ingredient)s: %(amount)s is more than the most, %(most)s") % {
        "ingredient": says["ingredient"],
        "amount": _much(says["amount"], says),
        "most": most,
    }
    return title, says["statement"], _("Lower the dose, or say why it is needed."), _("Dose")


def _together(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(ingredient)s: %(amount)s with all orders together, more than the most, %(most)s") % {
        "ingredient": says["ingredient"],
        "amount": _much(says["together"], says),
        "most": _much(says["high"], says) + _limits(says),
    }
    detail = _("%(amount)s of it by this order.") % {"amount": _much(says["amount"], says)}
    return title, f"{detail} {says['statement']}", _("Lower or stop one of the orders, or say why."), _("Dose")


def _slip(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(ingredient)s: %(amount)s is ten times the most and more") % {
        "ingredient": says["ingredient"],
        "amount": _much(says["amount"], says),
    }
    detail = _("The most is %(most)s.") % {"most": _much(says["high"], says) + _limits(says)}
    return title, detail, _("Look at the number and at the unit, and write the dose again."), _("Dose")


def _low(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(ingredient)s: %(amount)s is less than the least, %(least)s") % {
        "ingredient": says["ingredient"],
        "amount": _much(says["amount"], says),
        "least": _much(says["low"], says) + _limits(says),
    }
    return title, says["statement"], "", _("Dose")


def _pieces(says: Mapping[str, Any]) -> str:
    kind, pieces = says["kind"], says["pieces"]
    if kind == "bottle":  # judged by the bottle, said as it is measured
        pieces *= says["holds"]
    shown = f"{pieces.quantize(Decimal('0.001')).normalize():f}"
    if kind.startswith("mL") or kind == "bottle":
        return formatting.amount(Decimal(shown), "mL")
    unit = says["unit"] if kind == "piece" else kind
    return formatting.amount(Decimal(shown), unit)


def _pack(says: Mapping[str, Any]) -> str:
    strength = formatting.units_in_full(says["strength"])
    if says["kind"] != "bottle":
        return strength
    return _("a bottle of %(volume)s, %(strength)s") % {
        "volume": formatting.amount(says["holds"], "mL"),
        "strength": strength,
    }


def _odd_high(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(pieces)s in one dose") % {"pieces": _pieces(says)}
    detail = _("That is unusually much of %(strength)s.") % {"strength": _pack(says)}
    return title, detail, _("Look at the number and at the unit, or say why."), _("Dose")


def _odd_slip(says: Mapping[str, Any], told: Told) -> Words:
    title, detail, _instead, badge = _odd_high(says, told)
    return title, detail, _("Look at the number and at the unit, and write the dose again."), badge


def _odd_low(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(pieces)s in one dose") % {"pieces": _pieces(says)}
    detail = _("That is unusually little of %(strength)s.") % {"strength": _pack(says)}
    return title, detail, "", _("Dose")


def _unchecked(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("Dose not compared")
    return title, _("What is written of %(medicine)s cannot be compared with its limits.") % says, "", title


def _no_weight(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("No weight to go by")
    detail = _("The limits of %(medicine)s go by weight, and none is recorded that still holds.") % says
    return title, detail, _("Weigh the patient."), _("Weight")


def _no_height(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("No body surface to go by")
    detail = _("The limits of %(medicine)s go by body surface: weight and height are not both known.") % says
    return title, detail, _("Weigh and measure the patient."), _("Weight")


def _no_kidneys(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("No kidney function to go by")
    detail = (
        _("%(medicine)s has limits for sick kidneys, and no eGFR or creatinine of the last year is recorded.") % says
    )
    return title, detail, _("Measure creatinine."), _("Kidneys")


def _no_age(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("No age to go by")
    detail = _("The limits of %(medicine)s go by age, and the birth date is not known.") % says
    return title, detail, _("Ask for the birth date."), _("Age")


def _problem(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s with %(problem)s") % says
    return title, says["statement"], _("Choose another medicine, or say why this one."), _("Disease")


def _age(says: Mapping[str, Any], _told: Told) -> Words:
    return _("%(medicine)s at this age") % says, says["statement"], _("Choose another, or say why."), _("Age")


def _pregnancy(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s in pregnancy") % says
    return title, says["statement"], _("Choose another medicine, or say why this one."), _("Pregnancy")


def _lactation(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s while breast-feeding") % says
    return title, says["statement"], _("Choose another medicine, or say why this one."), _("Breast-feeding")


def _pregnancy_unknown(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("Is she pregnant?")
    detail = _("The record does not say, and in pregnancy it matters for %(medicine)s: %(statement)s") % says
    return title, detail, _("Ask, and record the answer under Family and life."), _("Pregnancy?")


def _repeat(says: Mapping[str, Any], _told: Told) -> Words:
    value = says["value"]
    shown = formatting.amount(value.number, value.unit) if value.number is not None else value.text
    title = _("%(test)s was done on %(day)s") % {"test": says["test"], "day": formatting.day(says["on"])}
    if shown:
        title += f": {shown}"
    return title, says["statement"], "", _("Done lately")


def _waiting(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(test)s is ordered already") % says
    detail = _("It stands twice in this draft.")
    if says["on"]:
        detail = _("It waits since %(day)s.") % {"day": formatting.day(says["on"])}
    return title, detail, "", _("Ordered")


def _second_signer(says: Mapping[str, Any], _told: Told) -> Words:
    title = _("%(medicine)s waits for its second signature") % says
    detail = _("It is a high-alert medicine: a second person signs before it is given.")
    return title, detail, _("Ask somebody who may countersign."), _("Second signature")


_WORDS: dict[str, Callable[[Mapping[str, Any], Told], Words]] = {
    "allergy": _allergy,
    "cross": _cross,
    "interaction": _interaction,
    "duplicate.ingredient": _duplicate,
    "duplicate.class": _same_class,
    "dose.high": _high,
    "frequency": _frequency,
    "dose.together": _together,
    "dose.slip": _slip,
    "dose.low": _low,
    "dose.unchecked": _unchecked,
    "dose.no-weight": _no_weight,
    "dose.no-height": _no_height,
    "dose.no-kidneys": _no_kidneys,
    "dose.no-age": _no_age,
    "magnitude.high": _odd_high,
    "magnitude.slip": _odd_slip,
    "magnitude.low": _odd_low,
    "contraindication": _problem,
    "age": _age,
    "pregnancy": _pregnancy,
    "lactation": _lactation,
    "pregnancy.unknown": _pregnancy_unknown,
    "test": _repeat,
    "test.waiting": _waiting,
    "high-alert.countersign": _second_signer,
}
