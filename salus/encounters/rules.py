"""Judgement about visits: which state may follow which, and how long is long."""

from datetime import datetime, timedelta
from typing import Literal

#: From each state, the states that may follow (FHIR EncounterStatus). Whoever was triaged may be sent back to wait,
#: and what is over stays over: a mistaken end is a new visit or a voided one.
MOVES: dict[str, tuple[str, ...]] = {
    "planned": ("arrived", "cancelled"),
    "arrived": ("triaged", "in-progress", "cancelled"),
    "triaged": ("in-progress", "arrived", "cancelled"),
    "in-progress": ("finished", "triaged", "onleave"),
    "onleave": ("in-progress", "finished"),
}

#: What a visit is by the kind of the department where the patient comes (HL7 v3 ActCode); anywhere else ambulatory.
CLASS_OF = {"ward": "IMP", "emergency": "EMER"}

#: Waiting times at which a worklist turns amber and red. A convention of this house, not a clinical target.
LONG_WAIT, TOO_LONG_WAIT = timedelta(minutes=30), timedelta(minutes=60)

Tone = Literal["accent", "warning", "critical"]


def may_move(status: str, to: str) -> bool:
    """Whether a visit in one state may come to the other."""
    return to in MOVES.get(status, ())


def waiting_since(status: str, arrived_at: datetime | None, triaged_at: datetime | None) -> datetime | None:
    """From when a patient waits for the next person, or None when nobody is awaited."""
    if status == "arrived":
        return arrived_at
    return (triaged_at or arrived_at) if status == "triaged" else None


def wait_tone(span: timedelta) -> Tone:
    """How a wait of this length is shown."""
    if span >= TOO_LONG_WAIT:
        return "critical"
    return "warning" if span >= LONG_WAIT else "accent"
