"""What the room of forms announces: ids and codes, never names or answers."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class QuestionnaireDrafted(Fact):
    """A form, or a new version of one, was begun."""

    questionnaire_id: UUID


@dataclass(frozen=True, kw_only=True)
class QuestionnaireChanged(Fact):
    """A draft was changed."""

    questionnaire_id: UUID


@dataclass(frozen=True, kw_only=True)
class QuestionnaireActivated(Fact):
    """A version is in use from now on; the one before it is retired."""

    questionnaire_id: UUID


@dataclass(frozen=True, kw_only=True)
class QuestionnaireRetired(Fact):
    """A version is no longer filled in."""

    questionnaire_id: UUID


@dataclass(frozen=True, kw_only=True)
class ResponseSigned(Fact):
    """A form was filled in and signed; `amends` is the one that it takes the place of."""

    response_id: UUID
    questionnaire_id: UUID
    encounter_id: UUID | None = None
    amends: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseVoided(Fact):
    """A signed form was marked as written in error by its author."""

    response_id: UUID
