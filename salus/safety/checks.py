"""The checks that safety plugs into orders: each reads in the transaction of the act that it may stop."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders.sockets import Alert, Moment, Proposed
from salus.safety import queries, rules
from salus.safety.queries import RecordedAllergy
from salus.safety.rules import Match, Ordered


def check_allergies(
    act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None
) -> Sequence[Alert]:
    """Stop every medicine to which the patient has a recorded allergy, at signing and again at giving."""
    medicines = [(place, one) for place, one in enumerate(proposed) if one.kind == "medicine"]
    if not medicines:
        return []
    recorded = queries.allergies_of({one.patient_id for _place, one in medicines})
    unread = any(not one.known.is_read for one in recorded)
    substances = queries.substances() if unread else []
    return [
        _alert(place, one, match, next(r for r in recorded if r.known is match.allergy))
        for place, one in medicines
        for match in rules.matches(
            Ordered(one.name, one.synonyms, one.ingredients, one.allergy_groups, one.codes),
            [r.known for r in recorded if r.patient_id == one.patient_id],
            substances,
        )
    ]


def _alert(place: int, proposed: Proposed, match: Match, recorded: RecordedAllergy) -> Alert:
    told = ", ".join(part for part in (recorded.reaction, recorded.year) if part)
    group = match.what.replace("-", " ")
    if match.by == "group":
        detail = _("%(medicine)s belongs to the same group: %(group)s.") % {"medicine": proposed.name, "group": group}
        instead = _("Choose a medicine of another group than %(group)s.") % {"group": group}
    else:
        detail = _("%(medicine)s is what the allergy names.") % {"medicine": proposed.name}
        instead = _("Choose another medicine.")
    return Alert(
        rule=f"allergy.{match.by}",
        tier="stop",
        title=_("Allergy: %(name)s") % {"name": match.allergy.display} + (f", {told}" if told else ""),
        detail=detail,
        instead=f"{instead} " + _("If the allergy is recorded wrongly, correct the record first."),
        source=f"chart.allergyintolerance:{match.allergy.id}",
        place=place,
    )
