"""What chart announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class VitalsRecorded(Fact):
    """Vital signs were taken."""

    observation_ids: tuple[UUID, ...]
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ConditionRecorded(Fact):
    """Problems or diagnoses were recorded together."""

    condition_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class ConditionChanged(Fact):
    """A problem was resolved, reopened or found wrong."""

    condition_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class ConditionsOrdered(Fact):
    """A patient's problems were put into another order."""


@dataclass(frozen=True, kw_only=True)
class FavouriteChanged(Fact):
    """Something was put among the favourites of a person or a department, or taken off."""

    favourite_id: UUID


@dataclass(frozen=True, kw_only=True)
class AllergyRecorded(Fact):
    """An allergy was recorded, or that none is known."""

    allergy_id: UUID


@dataclass(frozen=True, kw_only=True)
class AllergyChanged(Fact):
    """An allergy was refuted, or found wrong."""

    allergy_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class NoteSigned(Fact):
    """A note was signed and is locked; `condition_ids` are the problems that it put on the list."""

    note_id: UUID
    condition_ids: tuple[UUID, ...] = ()
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class NoteVoided(Fact):
    """A signed note was marked as written in error by its author."""

    note_id: UUID


@dataclass(frozen=True, kw_only=True)
class CosignAsked(Fact):
    """A note was signed that needs a second signature: of this practitioner, or (none) of whoever may give it."""

    note_id: UUID
    practitioner_id: UUID | None = None
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class NoteCosigned(Fact):
    """The second signature was given."""

    note_id: UUID


@dataclass(frozen=True, kw_only=True)
class LetterSigned(Fact):
    """A summary or letter was signed and waits for no second signature: it goes on paper."""

    note_id: UUID


@dataclass(frozen=True, kw_only=True)
class LetterShown(Fact):
    """A signed letter or summary is shown to the patient at the patients' own door, or no longer."""

    note_id: UUID
    is_shown: bool


@dataclass(frozen=True, kw_only=True)
class NoteTemplateChanged(Fact):
    """The hospital changed one of its types of notes, or what it decided about writing them (an empty code)."""

    code: str


@dataclass(frozen=True, kw_only=True)
class HistoryTold(Fact):
    """The patient told his or her history."""

    note_id: UUID


@dataclass(frozen=True, kw_only=True)
class ObservationRecorded(Fact):
    """Final values were filed, or corrected, by a department or a program."""

    observation_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class EntryLabelled(Fact):
    """An entry was marked as sensitive, or no longer."""

    kind: str
    entry_id: UUID
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImmunizationRecorded(Fact):
    """A vaccination was recorded: given here, told of, or not given (`status` not-done)."""

    immunization_id: UUID
    status: str
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ImmunizationVoided(Fact):
    """A vaccination was marked as entered in error."""

    immunization_id: UUID


@dataclass(frozen=True, kw_only=True)
class VaccineScheduleChanged(Fact):
    """The hospital put a new version of its vaccination schedule in force."""

    schedule_id: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class DocumentKept(Fact):
    """A document, or further pages of one, came into the record."""

    document_id: UUID
    pages: int


@dataclass(frozen=True, kw_only=True)
class DocumentChanged(Fact):
    """A document was described anew, or found wrong (`status` entered-in-error)."""

    document_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class PaperReceived(Fact):
    """Another program handed a note or a paper over, changed it, or took it back: a resource of this FHIR type."""

    paper_id: UUID
    kind: str
    status: str


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(Fact):
    """A certificate was signed."""

    certificate_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class CertificateWithdrawn(Fact):
    """A certificate was withdrawn."""

    certificate_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class FamilyHistoryRecorded(Fact):
    """A relative and his or her illnesses were recorded."""

    relative_id: UUID


@dataclass(frozen=True, kw_only=True)
class FamilyHistoryChanged(Fact):
    """What is known of a relative was changed, or found wrong (`status` entered-in-error)."""

    relative_id: UUID
    status: str
