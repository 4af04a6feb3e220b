"""What the room of care announces: ids and codes, never names."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ReferralSent(Fact):
    """A department or a colleague of the house is asked to see the patient; outside the house, neither is named.

    `referrer_id` and `from_department_id` are those who wait for the answer; nobody here for what came in from outside.
    """

    referral_id: UUID
    department_id: UUID | None = None
    practitioner_id: UUID | None = None
    referrer_id: UUID | None = None
    from_department_id: UUID | None = None
    priority: str = "routine"


@dataclass(frozen=True, kw_only=True)
class ReferralDecided(Fact):
    """The receiver said yes (accepted) or no (declined, with the reason in the row)."""

    referral_id: UUID
    status: str
    department_id: UUID | None = None
    referrer_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ReferralMoved(Fact):
    """A referral has come to another state: accepted, booked, seen, cancelled."""

    referral_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class ReferralAnswered(Fact):
    """The report has come; `referrer_id` is who has to take note, or else the people of the department that asked."""

    referral_id: UUID
    referrer_id: UUID | None = None
    department_id: UUID | None = None
    order_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ReferralClosed(Fact):
    """The referrer has taken note of the answer or of the refusal: the loop is closed."""

    referral_id: UUID
    was: str


@dataclass(frozen=True, kw_only=True)
class FollowUpPlanned(Fact):
    """The patient is to come again by then."""

    follow_up_id: UUID
    due_on: date
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpMoved(Fact):
    """A follow-up has come to another state: planned (again), booked, done, cancelled."""

    follow_up_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class TreatmentStarted(Fact):
    """A course of sessions was ordered and planned."""

    treatment_id: UUID
    sessions: int
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SessionDone(Fact):
    """A session was given, or was not: `status` is given or not-given."""

    treatment_id: UUID
    session_id: UUID
    status: str
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class TreatmentEnded(Fact):
    """A course of sessions is completed or stopped."""

    treatment_id: UUID
    status: str
    #: what was ordered and is done with it
    order_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SessionVoided(Fact):
    """A session was written down in error, and another planned for it; `reopens`: the course that it had ended goes on."""

    treatment_id: UUID
    session_id: UUID
    department_id: UUID | None = None
    reopens: bool = False
    #: what the course carries out
    order_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CarePlanChanged(Fact):
    """A plan of care was made, activated, revised, completed or revoked: `status` is what it is now."""

    plan_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class GoalChanged(Fact):
    """A goal was set, or how far it was reached."""

    goal_id: UUID
    achievement: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcedureRecorded(Fact):
    """Something that was done is written down."""

    procedure_id: UUID


@dataclass(frozen=True, kw_only=True)
class CareTeamChanged(Fact):
    """Somebody came to the care team of a patient, or left it."""

    member_id: UUID
    is_over: bool = False
