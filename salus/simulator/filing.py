"""The demonstration's children were vaccinated, most of them in time; and today letters, sick notes and relatives are filed."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from salus.chart import services as chart
from salus.chart.loading import load_entries
from salus.chart.models import Immunization
from salus.chart.vaccination import CVX, Span
from salus.chart.vaccines import read_schedule, read_vaccines
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.ids import SYSTEM
from salus.encounters.models import Encounter
from salus.simulator.people import Somebody

_CHILDREN, _PAPERS = 60, 2
#: the vaccine that a child is given for each group of the schedule; the other groups are of adults
_GIVEN = {
    **{"hepb": "08", "rota": "119", "dtap": "20", "hib": "49", "pcv": "133", "polio": "10"},
    **{"mmr": "03", "varicella": "21", "hepa": "83", "hpv": "165"},
}
_IN_TIME = 0.9


def vaccinate(everybody: Sequence[Somebody], at: datetime) -> None:
    """Children under seven got what the schedule recommends when it does; some missed a dose, and all after it."""
    chance = random.Random(4711)  # noqa: S311 - the same children whatever else is drawn
    names = {row["code"]: row["name"] for row in read_vaccines()}
    small = [one for one in everybody if (at.date() - one.born_on).days < 7 * 365]
    rows: list[dict[str, Any]] = []
    for child in small[:_CHILDREN]:
        missed: set[str] = set()
        for line in read_schedule():
            age, group = Span.parse(line["age"]), line["group"]
            if age is None or group not in _GIVEN or group in missed:
                continue
            day = age.after(child.born_on) + timedelta(days=chance.randint(0, 9))
            if day >= at.date() or chance.random() > _IN_TIME:
                missed.add(group)
                continue
            rows.append(_dose(child, _GIVEN[group], names, line["dose"], datetime.combine(day, time(9), UTC)))
    load_entries(Immunization, rows, recorded_by_id=SYSTEM, at=at)


def _dose(child: Somebody, code: str, names: dict[str, str], number: int, at: datetime) -> dict[str, Any]:
    return {
        "patient_id": child.id,
        "encounter_id": None,
        "status": Immunization.COMPLETED,
        "code_system": CVX,
        "code": code,
        "display": names[code],
        "occurrence": PartialDate.of(at.date()),
        "at": at,
        "lot_number": f"D{at:%y%m}-{code}",
        "dose_number": number,
        "site": "LT",
        "route": "IM",
    }


def file_a_few(as_: Callable[[str], Act]) -> None:
    """Today a letter came, a relative was asked about, somebody cannot work."""
    here = Encounter.objects.filter(status="in-progress", department__code="opd").order_by("started_at", "id")
    for visit in here[:_PAPERS]:
        nurse, doctor = as_("nurse"), as_("doctor")
        of: dict[str, Any] = {"patient_id": visit.patient_id, "encounter_id": visit.id}
        about = chart.About(type_code="57133-1", title="Referral", author_name="Dr Grey, general practice")
        letter = b"Dear colleague,\n\nthank you for seeing this patient, whose complaint has lasted for two weeks.\n"
        chart.keep_document(nurse, **of, about=about, contents=[letter])
        gout = chart.Illness(display="Gout", onset="50")
        father = chart.Relative(relationship="FTH", illnesses=[gout])
        chart.record_relative(nurse, patient_id=visit.patient_id, relative=father)
        chart.record_social_history(nurse, **of, smoking="former", alcohol="occasional", occupation="Teacher")
        first = doctor.at.date()
        chart.issue_sick_note(doctor, **of, valid_from=first, valid_until=first + timedelta(days=4))
