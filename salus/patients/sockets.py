"""What upper rooms say about a patient on the pages of lower ones. Each plugs in when it is ready."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class ChartTab:
    """A page of the patient's record: `route` takes `patient_id`; without `right` it is not shown."""

    code: str
    label: Any
    route: str
    right: str
    order: int


@dataclass(frozen=True, slots=True)
class SummaryPanel:
    """A panel of the chart summary, loaded with the page: `template` is included with `data` as `panel`."""

    code: str
    right: str
    column: int
    order: int
    template: str
    load: Callable[[Act, UUID], Any]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One line of the timeline, read from a room's own rows."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    icon: str = "circle"
    route: str = ""
    route_args: dict[str, Any] = field(default_factory=dict)


class RegistrationPart(Protocol):
    """A section of the registration form that an upper room owns (insurance, the history that the patient tells).

    One that says `folded = True` is drawn shut until something is written in it.
    """

    code: str
    title: Any
    right: str
    order: int
    template: str

    def form(self, data: Any = None, *, act: Act) -> Any:
        """A Django form with a prefix of its own."""

    def save(self, act: Act, *, patient_id: UUID, form: Any) -> None:
        """Keep what the valid form says, in the transaction of the registration; an empty one keeps nothing."""


@dataclass(frozen=True, slots=True)
class PatientAct:
    """What may be done next with a patient (check in): offered after registering, and on pages that find patients.

    `route` takes `patient_id`; a `primary` one is the natural next act.
    """

    code: str
    label: Any
    icon: str
    route: str
    right: str
    order: int
    primary: bool = False


@dataclass(frozen=True, slots=True)
class BannerFlags:
    """What stands beside the name on every page of a patient.

    `told()` is an expression over the patient's row, which gives texts; `look(text)` is the words, tone and icon of one.
    """

    told: Callable[[], Any]
    look: Callable[[str], tuple[str, str, str]]


chart_tabs: list[ChartTab] = []
patient_acts: list[PatientAct] = []
summary_panels: list[SummaryPanel] = []
#: panels of the identity page, beside who the patient is: who pays
identity_panels: list[SummaryPanel] = []
#: `source(act, patient_id, before, limit)`: a room's newest events before an instant, newest first
timeline_sources: list[Callable[[Act, UUID, datetime, int], Sequence[TimelineEvent]]] = []
registration_parts: list[RegistrationPart] = []
#: `source(act, patient_id)`: everything of a patient as FHIR resources in JSON, for the copy that a patient asks for
record_copies: list[Callable[[Act, UUID], Sequence[bytes]]] = []
#: exactly one, from `chart`: `(state, lines)` for the banner's strip: `ui.banner.AllergyLine`s, or for `none_known` the day
#: on which that was confirmed, as text
allergy_strip: list[Callable[[Act, UUID], tuple[str, tuple[Any, ...]]]] = []
#: at most one, from `inbox`
banner_flags: list[BannerFlags] = []
#: at most one, from `encounters`: an expression over the patient's row, where he or she is now; shown in the banner
current_place: list[Callable[[Act], Any]] = []
