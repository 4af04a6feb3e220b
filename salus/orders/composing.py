"""The order composer's page: the draft with what the safety checks say of it, and the line that is being written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from salus.catalog.models import Orderable, TestDefinition
from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.encounters.queries import open_encounter
from salus.orders import drafts, finding, lines, queries, services, weighing, words
from salus.orders.drafts import Line
from salus.orders.forms import MedicineLineForm, ServiceLineForm, TestLineForm
from salus.orders.items import ORDER_RIGHTS, draw_up_medicine, draw_up_service, draw_up_test
from salus.orders.lines import item_of
from salus.orders.models import Order, OrderSetItem
from salus.orders.sockets import Alert, Proposed
from salus.terminology.models import Presentation
from salus.ui import formatting

RIGHTS = ("orders.take_verbal_order", *dict.fromkeys(ORDER_RIGHTS.values()))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the lines of a draft name, as far as it can still be ordered."""

    packs: Mapping[UUID, Presentation]
    tests: Mapping[UUID, TestDefinition]
    others: Mapping[UUID, Orderable]

    def find(self, kind: str, subject: UUID) -> Any:
        """What a line names, or None."""
        if kind == "medicine":
            return self.packs.get(subject)
        if kind == "test":
            return self.tests.get(subject)
        row = self.others.get(subject)
        return row if row is not None and row.kind == kind else None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of the draft as the page draws it."""

    line: Line
    title: str
    proposed: Proposed
    medicine: words.MedicineWords | None = None
    quantity: str = ""
    detail: str = ""
    alerts: Sequence[Alert] = ()
    mistakes: Sequence[str] = ()
    reason: str = ""
    is_controlled: bool = False
    is_high_alert: bool = False
    expires_on: date | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it cannot be signed as it stands."""
        return not self.title or not lines.is_whole(self.line) or any(alert.tier == "stop" for alert in self.alerts)

    @property
    def asks(self) -> bool:
        """Whether a reason is needed to sign it."""
        return any(alert.tier == "interrupt" for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class Editor:
    """The line that is being written: what is ordered, its form, and what the checks say before it is added."""

    kind: str
    subject: Any
    form: Any
    alerts: Sequence[Alert] = ()
    replaces: str = ""
    weight: weighing.Weight | None = None


@dataclass(frozen=True, slots=True)
class SetOffer:
    """An order set, open to be chosen from: each of its orders with its name, and whether it is meant for this patient."""

    id: UUID
    name: str
    description: str
    rows: Sequence[tuple[queries.Offered, ShownLine]]


@dataclass(frozen=True, slots=True)
class Composer:
    """Everything on the page below the banner."""

    lines: Sequence[ShownLine]
    editor: Editor | None = None
    offer: SetOffer | None = None
    encounter: Encounter | None = None
    message: str = ""
    #: who may have given the orders by word of mouth; empty for whoever signs his or her own
    speakers: Sequence[tuple[UUID, str]] = ()
    #: whether somebody must have said them: the doer may not order one of them alone
    must_be_spoken: bool = False

    @property
    def signable(self) -> list[ShownLine]:
        """The lines that nothing stops."""
        return [line for line in self.lines if not line.is_stopped]


def catalogue(draft: Sequence[Line], *also: tuple[str, UUID]) -> Catalogue:
    """Look up what these lines name, at most one statement for each kind."""
    named = {(line.kind, line.subject) for line in draft} | set(also)
    packs = {subject for kind, subject in named if kind == "medicine"}
    tests = {subject for kind, subject in named if kind == "test"}
    others = {subject for kind, subject in named if kind not in ("medicine", "test", "set")}
    return Catalogue(
        queries.presentations_to_order(packs) if packs else {},
        queries.tests_to_order(tests) if tests else {},
        queries.orderables_to_order(others) if others else {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page is asked to show beside the draft.

    :ivar picked: what is being written, with the `data` typed so far, in the place of the line `replaces`
    :ivar old: what the form is filled from, where that is no line of the draft
    :ivar known: what the lines name, where it was looked up already
    :ivar mistakes: by the key of a line, what has to be mended before it can be signed
    """

    picked: tuple[str, UUID] | None = None
    data: Any = None
    replaces: str = ""
    old: Line | None = None
    known: Catalogue | None = None
    message: str = ""
    mistakes: Mapping[str, Sequence[str]] | None = None
    reasons: Mapping[str, str] | None = None


def compose(act: Act, patient_id: UUID, draft: Sequence[Line] | None = None, **asked: Any) -> Composer:
    """Put the page together from the draft; the other arguments are those of `Asked`."""
    wanted = Asked(**asked)
    draft = drafts.lines_of(act, patient_id) if draft is None else list(draft)
    if wanted.picked and wanted.picked[0] == "set":
        return _compose_with_set(act, patient_id, draft, wanted)
    known = wanted.known or catalogue(draft, *([wanted.picked] if wanted.picked else []))
    subject = known.find(*wanted.picked) if wanted.picked else None
    proposed = [_proposed(patient_id, line.kind, line.subject, known, line) for line in draft]
    # a line that is being changed is no second order beside itself: what is said of it is said in the editor
    changed = next((place for place, line in enumerate(draft) if line.key == wanted.replaces), -1)
    if wanted.picked and subject is not None and changed < 0:
        proposed.append(_proposed(patient_id, *wanted.picked, known))
    told = _told(act, proposed)
    shown = _shown_lines(draft, proposed, known, told, wanted)
    editor = None
    if wanted.picked and subject is None:
        wanted = replace(wanted, message=_("This cannot be ordered any more."))
    if wanted.picked and subject is not None:
        old = wanted.old if changed < 0 else draft[changed]
        editor = _editor(act, patient_id, wanted, subject, old, told[changed])
    return _page(act, patient_id, shown, wanted, editor=editor)


def _told(act: Act, proposed: Sequence[Proposed]) -> list[list[Alert]]:
    alerts = queries.alerts_for(act, proposed, "order")
    return [[alert for alert in alerts if alert.place == place] for place in range(len(proposed))]


def _shown_lines(
    draft: Sequence[Line],
    proposed: Sequence[Proposed],
    known: Catalogue,
    told: Sequence[Sequence[Alert]],
    wanted: Asked,
) -> list[ShownLine]:
    return [
        replace(
            one := _shown(line, proposed[place], known),
            alerts=told[place],
            mistakes=(*one.mistakes, *(wanted.mistakes or {}).get(line.key, ())),
            reason=(wanted.reasons or {}).get(line.key, ""),
        )
        for place, line in enumerate(draft)
    ]


def _page(
    act: Act,
    patient_id: UUID,
    shown: Sequence[ShownLine],
    wanted: Asked,
    *,
    editor: Editor | None = None,
    offer: SetOffer | None = None,
) -> Composer:
    may_all = all(act.may(ORDER_RIGHTS[one.line.kind]) for one in shown)
    speaks = bool(shown) and act.may("orders.take_verbal_order")
    return Composer(
        shown,
        editor,
        offer,
        open_encounter(act, patient_id),
        wanted.message,
        queries.who_may_answer(act) if speaks else (),
        must_be_spoken=speaks and not may_all,
    )


def _compose_with_set(act: Act, patient_id: UUID, draft: Sequence[Line], wanted: Asked) -> Composer:
    """The draft beside an order set: what it holds, checked with the draft as if all of it were added."""
    assert wanted.picked is not None
    made, items = queries.set_with_items(act, wanted.picked[1])
    offered = queries.offered_to(act, patient_id, items)
    may = set(finding.kinds_for(act))
    told = [(one, lines.from_kept(one.item.line)) for one in offered if one.item.line.get("kind") in may]
    known = catalogue([*draft, *(line for _one, line in told)])
    proposed = [_proposed(patient_id, line.kind, line.subject, known, line) for line in draft]
    of_set = [_proposed(patient_id, line.kind, line.subject, known, line) for _one, line in told]
    alerts = _told(act, [*proposed, *of_set])
    shown = _shown_lines(draft, proposed, known, alerts, wanted)
    rows = [
        (one, replace(_shown(line, of_set[n], known), alerts=alerts[len(draft) + n]))
        for n, (one, line) in enumerate(told)
    ]
    offer = SetOffer(made.id, made.name, made.description, rows)
    return _page(act, patient_id, shown, wanted, offer=offer)


def _editor(
    act: Act, patient_id: UUID, wanted: Asked, subject: Any, old: Line | None, alerts: Sequence[Alert]
) -> Editor:
    assert wanted.picked is not None
    kind = wanted.picked[0]
    weight = weighing.newest_weight(act, patient_id) if kind == "medicine" else None
    form = editor_form(act, kind, subject, wanted.data, old, weight)
    return Editor(kind, subject, form, alerts, wanted.replaces, weight)


def editor_form(
    act: Act, kind: str, subject: Any, data: Any = None, old: Line | None = None, weight: Any = None
) -> Any:
    """The form for a line; filled from an older line where one is changed."""
    initial = {name: getattr(old, name) for name in Line.__dataclass_fields__} if old else {"priority": "routine"}
    if kind == "test":
        return TestLineForm(data, initial=initial)
    if kind == "medicine":
        if weight is not None and not initial.get("weight") and weight.is_recent:
            initial["weight"] = str(weight.kg)
        return MedicineLineForm(subject, data, initial=initial)
    if old is None:
        initial["times"] = subject.often
    asked = queries.clinics(act) if kind == "referral" else ()
    if asked and old is None:
        initial["performer"] = next((str(one.id) for one in asked if one.specialty == subject.specialty), "")
    return ServiceLineForm(subject, [(str(one.id), one.name) for one in asked], data, initial=initial)


def open_favourite(act: Act, patient_id: UUID, favourite_id: UUID, draft: Sequence[Line]) -> Composer:
    """The form of what a favourite orders, filled as it is usually written; a dose by weight is reckoned anew.

    :raises NotFound: if there is no such favourite
    """
    line = lines.from_kept(queries.favourite(act, favourite_id).line)
    return compose(act, patient_id, draft, picked=(line.kind, line.subject), old=line)


def say_shown(act: Act, composer: Composer, keys: Collection[str]) -> None:
    """Have it written down what was shown about lines that were just added."""
    for one in composer.lines:
        if one.line.key in keys and one.alerts:
            proposed = {alert.place: one.proposed for alert in one.alerts}
            services.note_shown(act, proposed=proposed, alerts=one.alerts)


def _proposed(patient_id: UUID, kind: str, subject: UUID, known: Catalogue, line: Line | None = None) -> Proposed:
    """What the checks are asked about; without a line only what it is, because nothing is written yet."""
    row = known.find(kind, subject)
    if row is None:
        return Proposed(patient_id=patient_id, kind="unknown")
    if line is not None and lines.is_whole(line):
        order = _draw_up(line, row)
    elif kind == "medicine":
        order = Order(kind=kind, display=row.name, medicine=row.medicine, presentation=row)
    elif kind == "test":
        order = Order(kind=kind, display=row.name, test=row, code=row.loinc or row.code)
    else:
        order = Order(kind=kind, display=row.name, orderable=row, code=row.coding or row.code)
    return queries.proposed_of(order, patient_id=patient_id)


def _draw_up(line: Line, row: Any) -> Order:
    item: Any = item_of(line)
    draw_up: Any = {"medicine": draw_up_medicine, "test": draw_up_test}.get(line.kind, draw_up_service)
    order: Order = draw_up(item, row)
    order.replaces_id = item.replaces_id
    return order


def _shown(line: Line, proposed: Proposed, known: Catalogue) -> ShownLine:
    row = known.find(line.kind, line.subject)
    if row is None:
        return ShownLine(line, "", proposed)
    shown = ShownLine(line, row.name, proposed)
    if line.kind == "test":
        return replace(shown, detail=row.specimen)
    if not lines.is_whole(line):
        per_kg = f"{line.per_kg} {line.dose_unit}/kg" if line.per_kg else ""
        medicine = words.MedicineWords(row.medicine.name, f"{row.strength} {row.form}", per_kg, "", "")
        return replace(
            shown, medicine=medicine, mistakes=(_("Write the dose: it does not follow from what is known."),)
        )
    order = _draw_up(line, row)
    if line.kind != "medicine":
        return replace(shown, detail=words.service_words(order))
    return replace(
        shown,
        medicine=words.medicine_words(order),
        quantity=formatting.amount(order.quantity, order.quantity_unit),
        is_controlled=row.medicine.is_controlled,
        is_high_alert=row.medicine.is_high_alert,
        expires_on=order.expires_on,
    )


def lines_of_set(act: Act, patient_id: UUID, set_id: UUID, chosen: Sequence[str]) -> list[Line]:
    """The chosen orders of a set as lines of a draft; a dose by weight is reckoned from a recent weight.

    :raises NotFound: if there is no such set
    """
    act.require("orders.view")
    _made, items = queries.set_with_items(act, set_id)
    may = finding.kinds_for(act)
    found = [lines.from_kept(one.line) for one in items if str(one.id) in chosen and one.line.get("kind") in may]
    if not any(line.per_kg for line in found):
        return found
    weight, known = weighing.newest_weight(act, patient_id), catalogue(found)
    kg = weight.kg if weight and weight.is_recent else None
    return [weighing.weighed(line, kg, known.packs.get(line.subject)) for line in found]


def name_of(shown: ShownLine) -> str:
    """What a favourite is called: `paracetamol 500 mg tablet, 500 mg, three times a day`."""
    words_of = shown.medicine
    if words_of is None:
        return ", ".join(part for part in (shown.title, shown.detail) if part)[:100]
    said = (f"{words_of.name} {words_of.form}".strip(), words_of.dose, words_of.route, words_of.schedule)
    return ", ".join(part for part in said if part)[:100]


def set_rows(items: Sequence[OrderSetItem]) -> list[tuple[OrderSetItem, ShownLine]]:
    """What stands in a set, in words."""
    found = [lines.from_kept(one.line) for one in items]
    known = catalogue(found)
    nobody = UUID(int=0)
    return [
        (one, _shown(line, _proposed(nobody, line.kind, line.subject, known), known))
        for one, line in zip(items, found, strict=True)
    ]


def repeat(act: Act, order_id: UUID, *, how: str) -> tuple[UUID, str]:
    """Put a draft of a new order beside a signed one: to change or renew it (it ends then), or to order the same again.

    Returns whose it is, and the key of the new line.

    :raises services.NotReplaceable: if it cannot be written anew: it came from elsewhere, or stopped meanwhile
    """
    act.require("orders.view")
    order = queries.order_to_repeat(act, order_id)
    line = lines.line_of(order, replaces=how != "again")
    if line is None or (how == "change" and not queries.is_stoppable(order, timezone.now())):
        raise services.NotReplaceable
    drafts.add(act, order.patient_id, [line])
    return order.patient_id, line.key
