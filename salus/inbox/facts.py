"""What the inbox announces: ids and codes, never names or words."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class TaskPut(Fact):
    """Something waits for somebody: of a room, or given by a colleague.

    `relates` says that the giver may open the record and refer the patient: whoever has it now cares for the patient, too.
    """

    task_id: UUID
    kind: str
    owner_id: UUID | None = None
    department_id: UUID | None = None
    relates: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskAccepted(Fact):
    """Somebody said that he or she will do it."""

    task_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class TaskDelegated(Fact):
    """Somebody else shall do it; the giver sees it until it is done. `relates` as of `TaskPut`."""

    task_id: UUID
    kind: str
    owner_id: UUID | None = None
    department_id: UUID | None = None
    relates: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(Fact):
    """It is done, or was acknowledged."""

    task_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class TaskCancelled(Fact):
    """It is no longer wanted, for a reason that stands beside it."""

    task_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class TaskEscalated(Fact):
    """Nobody saw to it in time, or nobody could: it stands in more inboxes now (`practitioner_ids`, `department_ids`)."""

    task_id: UUID
    kind: str
    level: int
    is_critical: bool = False
    practitioner_ids: tuple[UUID, ...] = ()
    department_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CommunicationSent(Fact):
    """Somebody wrote about a patient; `relates` says that the writer may refer the patient to those who are written to.
    Or it was written to the patient, who reads it at the patients' own door."""

    communication_id: UUID
    thread_id: UUID
    practitioner_ids: tuple[UUID, ...] = ()
    department_ids: tuple[UUID, ...] = ()
    relates: bool = False
    is_to_patient: bool = False


@dataclass(frozen=True, kw_only=True)
class ThreadLabelled(Fact):
    """Somebody said by hand with which labels what was written in a thread is sensitive."""

    thread_id: UUID
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CoverChanged(Fact):
    """Who stands in for whom, who heads a department, or when it is handed on, was changed: `what` says which."""

    what: str
    row_id: UUID


@dataclass(frozen=True, kw_only=True)
class FlagRaised(Fact):
    """Something stands in the patient's banner: `category` is FHIR's."""

    flag_id: UUID
    category: str


@dataclass(frozen=True, kw_only=True)
class FlagEnded(Fact):
    """It is no longer so."""

    flag_id: UUID
