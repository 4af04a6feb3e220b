"""The demonstration's ward: two lie there; the resident copies yesterday's round forward and asks for the second signature,
one goes home with a discharge note, a summary and a letter to the doctor who sent her."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from salus.chart import services as chart
from salus.core.act import Act
from salus.core.announce import run_waiting
from salus.encounters import services as encounters
from salus.simulator.hospital import Hospital
from salus.simulator.people import Somebody

As = Callable[[str, datetime], Act]

#: why they came, the code of the diagnosis, what was found yesterday, what is new this morning
_STAYS = (
    ("Fever and cough", "J18.9", "Crackles on the right, 2 L of oxygen.", "Better night, eats again. Oxygen reduced to 1 L."),
    ("Short of breath, swollen legs", "I50.9", "Oedema to the knees, weight 84 kg.", "Slept flat. Two kilograms lighter."),
)  # fmt: skip
_LETTER = (
    "Thank you for sending your patient, who was treated on our ward for heart failure and goes home today.\n\n"
    "Please look at weight and potassium in one week."
)


def go_round(as_: As, at: datetime, hospital: Hospital, patients: Sequence[Somebody]) -> None:
    """Both came the day before; whoever is last in the list goes home."""
    doctor = hospital.doctors["general-practice"][0].practitioner_id
    for (reason, icd, found, since), somebody in zip(_STAYS, patients, strict=False):
        came = at - timedelta(hours=26)
        of: dict[str, Any] = {"patient_id": somebody.id, "encounter_id": _admit(as_, came, hospital, somebody, reason)}
        first = chart.sign_note(
            as_("resident", came + timedelta(hours=2)),
            **of,
            version="",
            note_type="ward-round",
            sections={"history": f"{reason}.", "examination": found, "plan": "Observations every four hours."},
            diagnoses=[icd],
            asked=chart.Asked(cosigner_id=doctor),
        )
        chart.cosign_note(
            as_("doctor", came + timedelta(hours=4)),
            patient_id=somebody.id,
            note_id=first.id,
            version=first.version,
        )
        _again(as_("resident", at - timedelta(hours=3)), of, first.id, since, doctor)
        run_waiting(at=at)
    if len(patients) >= len(_STAYS):
        _goes_home(as_("doctor", at - timedelta(hours=1)), of)
        run_waiting(at=at)


def _admit(as_: As, at: datetime, hospital: Hospital, somebody: Somebody, reason: str) -> UUID:
    stay = encounters.start_encounter(
        as_("reception", at),
        patient_id=somebody.id,
        department_id=hospital.departments["ward-a"].id,
        practitioner_id=hospital.doctors["general-practice"][0].practitioner_id,
        reason=reason,
    )
    encounters.move_encounter(as_("doctor", at), encounter_id=stay.id, status="in-progress", version=stay.version)
    return stay.id


def _again(resident: Act, of: dict[str, Any], note_id: UUID, since: str, doctor: UUID) -> None:
    """This morning's round begins with yesterday's: what stays is marked as copied."""
    draft = chart.copy_note(resident, **of, note_id=note_id, note_type="ward-round")
    chart.sign_note(
        resident,
        **of,
        version=draft.version,
        writer=draft.writer,
        note_type="ward-round",
        sections={**draft.sections, "history": since},
        copied=draft.copied,
        asked=chart.Asked(cosigner_id=doctor),
    )


def _goes_home(doctor: Act, of: dict[str, Any]) -> None:
    discharge = {"reason": _STAYS[1][0], "course": "Better with furosemide.", "plan": "Weigh every morning."}
    chart.sign_note(doctor, **of, version="", note_type="discharge", sections=discharge)
    chart.sign_note(
        doctor,
        **of,
        version="",
        note_type="letter-gp",
        sections={"letter": _LETTER},
        asked=chart.Asked(addressee="Dr Grey, 4 Market Street"),
    )
