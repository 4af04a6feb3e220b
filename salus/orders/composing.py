"""The order composer's page: the draft with what the safety checks say of it, and the line that is being written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from salus.catalog.models import TestDefinition
from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.encounters.queries import open_encounter
from salus.orders import drafts, queries, services, words
from salus.orders.drafts import Line
from salus.orders.forms import MedicineLineForm, TestLineForm, item_of
from salus.orders.items import draw_up_medicine
from salus.orders.models import Order
from salus.orders.sockets import Alert, Proposed
from salus.terminology.models import Presentation
from salus.ui import formatting

RIGHTS = ("orders.take_verbal_order", *dict.fromkeys(services.ORDER_RIGHTS.values()))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the lines of a draft name, as far as it can still be ordered."""

    packs: Mapping[UUID, Presentation]
    tests: Mapping[UUID, TestDefinition]

    def find(self, kind: str, subject: UUID) -> Any:
        return (self.packs if kind == "medicine" else self.tests).get(subject)


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of the draft as the page draws it."""

    line: Line
    title: str
    proposed: Proposed
    medicine: words.MedicineWords | None = None
    quantity: str = ""
    specimen: str = ""
    alerts: Sequence[Alert] = ()
    mistakes: Sequence[str] = ()
    reason: str = ""
    is_controlled: bool = False

    @property
    def is_stopped(self) -> bool:
        """Whether it cannot be signed as it stands."""
        return any(alert.tier == "stop" for alert in self.alerts) or not self.title

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


@dataclass(frozen=True, slots=True)
class Composer:
    """Everything on the page below the banner."""

    lines: Sequence[ShownLine]
    editor: Editor | None = None
    encounter: Encounter | None = None
    message: str = ""

    @property
    def signable(self) -> list[ShownLine]:
        return [line for line in self.lines if not line.is_stopped]


def catalogue(lines: Sequence[Line], *also: tuple[str, UUID]) -> Catalogue:
    """Look up what these lines name, at most one statement for each kind."""
    named = {(line.kind, line.subject) for line in lines} | set(also)
    packs = {subject for kind, subject in named if kind == "medicine"}
    tests = {subject for kind, subject in named if kind == "test"}
    return Catalogue(
        queries.presentations_to_order(packs) if packs else {}, queries.tests_to_order(tests) if tests else {}
    )


def compose(
    act: Act,
    patient_id: UUID,
    *,
    lines: Sequence[Line] | None = None,
    picked: tuple[str, UUID] | None = None,
    data: Any = None,
    replaces: str = "",
    message: str = "",
    mistakes: Mapping[str, Sequence[str]] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Composer:
    """Put the page together from the draft.

    :param picked: what is being written, with the `data` typed so far, in the place of the line `replaces`
    :param mistakes: by the key of a line, what has to be mended before it can be signed
    """
    draft = drafts.lines_of(act, patient_id) if lines is None else list(lines)
    known = catalogue(draft, *([picked] if picked else []))
    subject = known.find(*picked) if picked else None
    proposed = [_proposed(patient_id, line.kind, line.subject, known, line) for line in draft]
    if picked and subject is not None:
        proposed.append(_proposed(patient_id, *picked, known))
    alerts = queries.alerts_for(act, proposed, "order")
    told = [[alert for alert in alerts if alert.place == place] for place in range(len(proposed))]
    shown = [
        _shown(
            line,
            proposed[place],
            known,
            told[place],
            (mistakes or {}).get(line.key, ()),
            (reasons or {}).get(line.key, ""),
        )
        for place, line in enumerate(draft)
    ]
    editor = None
    if picked and subject is not None:
        old = next((line for line in draft if line.key == replaces), None)
        editor = Editor(picked[0], subject, editor_form(picked[0], subject, data, old), told[-1], replaces)
    return Composer(shown, editor, open_encounter(act, patient_id), message)


def editor_form(kind: str, subject: Any, data: Any = None, old: Line | None = None) -> Any:
    """The form for a line; filled from an older line where one is changed."""
    initial = {name: getattr(old, name) for name in Line.__dataclass_fields__} if old else {"priority": "routine"}
    if kind == "test":
        return TestLineForm(data, initial=initial)
    return MedicineLineForm(subject, data, initial=initial)


def say_shown(act: Act, composer: Composer, key: str) -> None:
    """Have it written down what was shown about a line that was just added."""
    for one in composer.lines:
        if one.line.key == key and one.alerts:
            proposed = {alert.place: one.proposed for alert in one.alerts}
            services.note_shown(act, proposed=proposed, alerts=one.alerts)


def _proposed(patient_id: UUID, kind: str, subject: UUID, known: Catalogue, line: Line | None = None) -> Proposed:
    """What the checks are asked about; without a line only what it is, because nothing is written yet."""
    row = known.find(kind, subject)
    if row is None:
        return Proposed(patient_id=patient_id, kind="unknown")
    if kind != "medicine":
        order = Order(kind=kind, display=row.name, test=row, code=row.loinc or row.code)
    elif line is not None:
        order = draw_up_medicine(item_of(line), row)  # type: ignore[arg-type]
    else:
        order = Order(kind=kind, display=row.name, medicine=row.medicine, presentation=row)
    return queries.proposed_of(order, patient_id=patient_id)


def _shown(
    line: Line, proposed: Proposed, known: Catalogue, alerts: Sequence[Alert], mistakes: Sequence[str], reason: str
) -> ShownLine:
    row = known.find(line.kind, line.subject)
    if row is None:
        return ShownLine(line, "", proposed)
    shown = ShownLine(line, row.name, proposed, alerts=alerts, mistakes=mistakes, reason=reason)
    if line.kind == "test":
        return replace(shown, specimen=row.specimen)
    order = draw_up_medicine(item_of(line), row)  # type: ignore[arg-type]
    return replace(
        shown,
        medicine=words.medicine_words(order),
        quantity=formatting.amount(order.quantity, order.quantity_unit),
        is_controlled=row.medicine.is_controlled,
    )
