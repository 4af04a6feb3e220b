"""What stands at the top of every page of one patient, as one frozen value."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from salus.ui import formatting

AllergyState = Literal["listed", "none_known", "not_recorded"]


@dataclass(frozen=True)
class AllergyLine:
    """One allergy: ``PENICILLINS``, anaphylaxis 2014; ``severe`` sets it in capitals and first."""

    substance: str
    reaction: str = ""
    severe: bool = False


@dataclass(frozen=True)
class Flag:
    """One thing to know about a patient before walking in: falls risk, interpreter."""

    label: str
    tone: str = "neutral"
    icon: str = "flag"


@dataclass(frozen=True)
class Emergency:
    """The record is open only because somebody broke the glass: until when, how long that is, and where it is ended."""

    until: object
    left: str
    end_url: str


@dataclass(frozen=True)
class BannerFact:
    """One more labelled value beside the fixed ones: weight, resuscitation, national id."""

    label: str
    value: str


@dataclass(frozen=True)
class Banner:
    """Who this page is about.

    ``born`` is a date or an ISO text of full or partial precision; ``age`` may stay empty, it is then reckoned from
    ``born`` (and ``deceased_on``). ``allergies_confirmed`` is the day on which ``none_known`` was confirmed, as text.
    """

    patient_id: UUID
    family: str
    given: str = ""
    title: str = ""
    born: object = None
    age: str = ""
    sex: str = "unknown"
    mrn: str = ""
    location: str = ""
    photo_url: str = ""
    note: str = ""
    allergies: tuple[AllergyLine, ...] = ()
    allergy_state: AllergyState = "not_recorded"
    allergies_confirmed: str = ""
    allergy_task_url: str = ""
    show_allergies: bool = True
    flags: tuple[Flag, ...] = ()
    facts: tuple[BannerFact, ...] = ()
    deceased_on: object = None
    restricted: str = ""
    emergency: Emergency | None = None

    @property
    def name(self) -> str:
        """``RASHID, Nadia (Mrs)``."""
        return formatting.full_name(self.family, self.given, self.title)

    @property
    def initials(self) -> str:
        """Two letters in place of a photo."""
        return formatting.initials(self.given, self.family)

    @property
    def born_and_age(self) -> str:
        """``14-Mar-1964 (62y)``."""
        if self.age and self.born:
            return f"{formatting.partial_date(self.born)} ({self.age})"
        return formatting.born(self.born)

    @property
    def identity(self) -> str:
        """One line for sign buttons and printed pages: name, birth date and number."""
        return f"{self.name}, {formatting.partial_date(self.born)}, {formatting.mrn(self.mrn)}"


@dataclass(frozen=True)
class Tab:
    """One tab of a patient's chart or of any page; ``count`` may be a number or words, ``new`` sets it in red."""

    label: str
    href: str
    current: bool = False
    count: str | int | None = None
    new: bool = False
