"""Safety checks plug in here: each may stop an order, at signing and again at dispensing and administration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from salus.core.act import Act

#: `search`: offered in a list, each by itself; `review`: what runs already is looked at again
Moment = Literal["search", "order", "dispense", "administer", "review"]
Tier = Literal["stop", "interrupt", "note", "badge"]
#: worst first
TIERS: tuple[Tier, ...] = ("stop", "interrupt", "note", "badge")
Outcome = Literal["shown", "stopped", "overridden"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is about to be ordered, dispensed or given; of a medicine, what a check needs to know of it comes along.

    `dose` `dose_unit` by `route`, `frequency` times in `period` `period_unit` for `duration_days`; without a dose it is
    not written yet. `unit` and `strength` are the presentation's, `code` the LOINC of a test.
    """

    patient_id: UUID
    kind: str
    medicine_id: UUID | None = None
    presentation_id: UUID | None = None
    test_id: UUID | None = None
    dose: Decimal | None = None
    dose_unit: str = ""
    route: str = ""
    order_id: UUID | None = None
    #: a medicine from outside, whose `order_id` this is then too
    statement_id: UUID | None = None
    name: str = ""
    synonyms: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    allergy_groups: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    atc: str = ""
    code: str = ""
    unit: str = ""
    strength: str = ""
    pack_size: Decimal | None = None
    frequency: int | None = None
    period: Decimal | None = None
    period_unit: str = ""
    #: of a schedule in several steps every single dose; `dose` and `frequency` are those of the step that gives most in a day
    step_doses: tuple[Decimal, ...] = ()
    #: and how many doses a day the step has that is taken most often
    most_a_day: Decimal | None = None
    as_needed: bool = False
    duration_days: int | None = None
    #: when it was ordered; None: now
    at: datetime | None = None
    is_high_alert: bool = False
    #: a second signer was asked for and has not signed
    awaits_countersign: bool = False
    #: of an order that was signed: how it stands, why it waits, and the last day on which it may be given out
    status: str = ""
    hold_reason: str = ""
    #: the order that it stands in for, which ends when it is signed
    replaces_id: UUID | None = None
    expires_on: date | None = None
    #: of a medicine as needed: how many doses in a day at most
    most_per_day: int | None = None
    #: when this dose is given
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """What a check found. A `stop` cannot be overridden and says what to do instead; an `interrupt` asks a reason.

    `place` is the index of the proposed thing that it speaks of. `source` is the row that it rests on (of the record, or
    of the knowledge), `source_words` the publication behind it. `key` is the question: whoever answered it once for this
    patient is not asked again. `badge` says it in a word or two. `reason` is the answer, `answered` one given before.
    """

    rule: str
    tier: Tier
    title: str
    detail: str
    instead: str = ""
    source: str = ""
    place: int = 0
    source_words: str = ""
    key: str = ""
    badge: str = ""
    reason: str = ""
    answered: str = ""


#: `check(act, proposed, moment, quantity)`: reads in the caller's transaction
OrderCheck = Callable[[Act, Sequence[Proposed], Moment, Decimal | None], Sequence[Alert]]
order_checks: list[OrderCheck] = []

#: `seen(act, proposed, alert, moment, outcome)`: somebody was shown, stopped by, or overrode an alert (`alert.reason`)
AlertSeen = Callable[[Act, Proposed, Alert, Moment, Outcome], None]
alert_seen: list[AlertSeen] = []


@dataclass(frozen=True, slots=True)
class ComposerAid:
    """What an upper room offers beside the composer: a part that is asked for when it is opened (POST, `patient_id`)."""

    label: Any
    route: str
    right: str


composer_aids: list[ComposerAid] = []


@dataclass(frozen=True, slots=True)
class OrderAct:
    """What an upper room does with an open order of some kinds: a page whose address names the patient and the order."""

    label: Any
    icon: str
    route: str
    right: str
    kinds: tuple[str, ...]


order_acts: list[OrderAct] = []
