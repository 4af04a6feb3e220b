"""What a patient was vaccinated with, and what is due: read from the rows and reckoned by the schedule in force."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, OuterRef, Subquery, When

from salus.chart.models import Condition, Immunization, ScheduledDose, Vaccine
from salus.chart.queries.schedules import schedule_in_force
from salus.chart.vaccination import (
    CVX,
    IMMUNE,
    Diagnosis,
    Dose,
    Forecast,
    Line,
    Span,
    first_of,
    forecast,
    furthest,
)
from salus.chart.vaccines import series_of
from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.patients.models import Patient
from salus.scheduling.models import AWAITED, Appointment
from salus.terminology.icd10cm import SYSTEM as ICD_10_CM
from salus.terminology.models import Concept
from salus.terminology.queries import SNOMED_CT
from salus.ui import formatting

#: of which the lines speak themselves; of ICD-11 its nearest category of ICD-10 counts
_CODED = (ICD_10_CM, ICD_10_CM.removesuffix("-cm"), SNOMED_CT)
#: patients that one page of the list looks at, and lines that it shows
CHUNK, PAGE, CHUNKS = 400, 40, 3

_GROUPS = Subquery(
    Vaccine.objects.filter(code=OuterRef("code")).values("groups")[:1],
    output_field=ArrayField(models.TextField()),
)


@dataclass(frozen=True, slots=True)
class Series:
    """One vaccine group of the schedule and where the patient stands; `refused` is the newest that was not given."""

    group: str
    name: str
    doses: int
    forecast: Forecast
    refused: Immunization | None = None
    #: what is asked for next comes again and again: no number of doses is the whole of it
    recurs: bool = False
    #: the diagnosis that makes immune, or with which somebody asks before a dose is given
    because: str = ""

    @property
    def state(self) -> str:
        """That of the forecast, and `ask` where a diagnosis speaks against a dose that is due."""
        return "ask" if self.because and self.forecast.state in ("due", "overdue") else self.forecast.state


@dataclass(frozen=True, slots=True)
class Vaccinations:
    """All of a patient: the series (what asks for something first), and the rows, newest first.

    `may_lack`: what is marked as sensitive may be kept from this reader, and its series with it; so it is said to whoever
    it may concern, whether anything is kept back or not.
    """

    series: Sequence[Series]
    rows: Sequence[Immunization]
    schedule: str
    number: int | None
    is_of_age: bool
    may_lack: bool = False

    @property
    def counts(self) -> Mapping[str, int]:
        """How many series are in each state."""
        found: dict[str, int] = defaultdict(int)
        for one in self.series:
            found[one.state] += 1
        return found


_ORDER = ("overdue", "due", "ask", "later", "complete", "immune", "ended")


def vaccinations_of(act: Act, patient: Patient) -> Vaccinations:
    """What one patient was given and what is due now; four statements with the decision."""
    decided = decision_on(act, patient.id)
    is_shown = Case(When(access.shown(act, decided), then=True), default=False)
    everything = _rows(Immunization.objects.filter(patient_id=patient.id).valid().annotate(is_shown=is_shown))
    rows, hidden = _apart(everything if decided.allows else ())
    doses = schedule_in_force(act)
    schedule = doses[0].schedule if doses else None
    today = formatting.local(act.at).date()
    reckoned: list[Series] = []
    of_age = patient.born_on is not None and schedule is not None and _is_of_age(patient.born_on, schedule, today)
    if patient.born_on is not None and of_age and not patient.is_deceased:
        plan = _Plan.of(doses)
        said = plan.diagnoses(Condition.objects.filter(patient_id=patient.id).annotate(is_shown=is_shown))
        known = _Known(rows, frozenset(hidden), *said.get(patient.id, ((), ())))
        reckoned = _reckon(plan, known, patient.born_on, today)
    return Vaccinations(
        sorted(reckoned, key=lambda one: _ORDER.index(one.state)),
        rows,
        schedule.name if schedule else "",
        schedule.number if schedule else None,
        of_age,
        may_lack=bool(access.ALL_LABELS - decided.clear),
    )


def _apart(everything: Iterable[Any]) -> tuple[list[Any], set[str]]:
    """The rows that this act may read, and the groups of those that it may not: no guess is made at such a series, because
    what was given would be shown as owed."""
    rows: list[Any] = []
    hidden: set[str] = set()
    for row in everything:
        if row.is_shown:
            rows.append(row)
        else:
            hidden.update(_groups_of(row))
    return rows, hidden


def _rows(rows: models.QuerySet[Immunization]) -> models.QuerySet[Immunization]:
    return rows.annotate(groups=_GROUPS).order_by(models.F("at").desc(nulls_last=True), "-id")


def _is_of_age(born: date, schedule: Any, today: date) -> bool:
    until = Span.parse(schedule.until_age)
    return until is None or today < until.after(born)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The schedule as it is reckoned with: group -> lines, group -> name, and group -> itself with what may stand for it."""

    lines: Mapping[str, Sequence[Line]]
    names: Mapping[str, str]
    alternatives: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, doses: Sequence[ScheduledDose]) -> "_Plan":
        lines = series_of(doses)
        alternatives: dict[str, list[str]] = defaultdict(list)
        for group, series in lines.items():
            alternatives[series[0].instead_of or group].append(group)
        return cls(lines, {row.group: row.group_name for row in doses}, alternatives)

    def diagnoses(self, rows: Any) -> Mapping[UUID, tuple[list[Diagnosis], list[Diagnosis]]]:
        """Those that its lines speak of, by patient: what this act may read (`is_shown`), and what it may not. No statement
        where no line speaks of any."""
        asked = {code for series in self.lines.values() for code in (*series[0].immune_by, *series[0].not_with)}
        found: dict[UUID, tuple[list[Diagnosis], list[Diagnosis]]] = defaultdict(lambda: ([], []))
        if not asked:
            return found
        meant = models.Q()
        for code in asked:
            meant |= models.Q(code__startswith=code) | models.Q(nearest__startswith=code)
        nearest = Concept.objects.filter(system=OuterRef("code_system"), code=OuterRef("code")).values("maps_to")[:1]
        known = rows.valid().exclude(verification__in=("refuted", "entered-in-error"))
        known = known.only("patient_id", "code", "code_system", "display", "status")
        for row in known.annotate(nearest=Subquery(nearest)).filter(meant).order_by("-recorded_at", "-id"):
            codes = (row.nearest or row.code,) if row.nearest or row.code_system in _CODED else ()
            told = Diagnosis(codes, row.display, row.status not in ("inactive", "resolved", "remission"))
            found[row.patient_id][0 if row.is_shown else 1].append(told)
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one patient to one reader: rows, groups of rows that are kept from it, diagnoses read and kept."""

    rows: Sequence[Any]
    hidden: frozenset[str]
    diagnoses: Sequence[Diagnosis] = ()
    kept: Sequence[Diagnosis] = ()

    def speaks_of(self, line: Line, diagnoses: Sequence[Diagnosis]) -> tuple[Diagnosis | None, Diagnosis | None]:
        """What makes immune, and what is asked about before a dose."""
        return first_of(diagnoses, line.immune_by), first_of([o for o in diagnoses if o.is_active], line.not_with)


def _reckon(plan: _Plan, known: _Known, born: date, today: date) -> list[Series]:
    given: dict[str, list[Dose]] = defaultdict(list)
    refused: dict[str, Any] = {}
    immune: set[str] = set()
    for row in known.rows:
        for group in _groups_of(row):
            if row.status == Immunization.NOT_DONE:
                refused.setdefault(group, row)
                immune |= {group} if row.reason_code == IMMUNE else set()
            elif row.status == Immunization.COMPLETED and row.occurrence is not None:
                given[group].append(Dose(row.occurrence.day, row.code))
    found: list[Series] = []
    for group, alternatives in plan.alternatives.items():
        speaking = [one for one in alternatives if plan.lines[one][0].speaks_of(born, today)]
        if not speaking or not known.hidden.isdisjoint(alternatives):
            continue
        line = plan.lines[speaking[0]][0]
        if any(known.speaks_of(line, known.kept)):
            continue  # what is kept from this reader decides: neither "due" nor "ask first" is said
        makes_immune, against = known.speaks_of(line, known.diagnoses)
        is_immune = not immune.isdisjoint(alternatives) or makes_immune is not None
        reckoned = [
            (plan.lines[one], forecast(plan.lines[one], given[one], born, today, is_immune=is_immune))
            for one in speaking
        ]
        place = furthest(reckoned)
        lines, now = reckoned[place]
        refusal = next((refused[one] for one in speaking if one in refused), None)
        because = makes_immune if now.state == "immune" else against
        told = because.words if because else ""
        found.append(Series(group, plan.names[speaking[place]], len(lines), now, refusal, lines[-1].recurs, told))
    return found


def _groups_of(row: Any) -> Sequence[str]:
    return (row.groups or ()) if row.code_system == CVX else ()


# ---------------------------------------------------------------- who is overdue


@dataclass(frozen=True, slots=True)
class Overdue:
    """A patient to whom doses are owed, with what and since when."""

    patient: Patient
    series: Sequence[Series]

    @property
    def since(self) -> date:
        """Since when the longest is owed."""
        return min(one.forecast.overdue for one in self.series if one.forecast.overdue is not None)


@dataclass(frozen=True, slots=True)
class OverdueList:
    """A page of the list; `onward` is where the next one goes on, `looked_at` how many patients this one looked at."""

    lines: Sequence[Overdue]
    onward: str
    looked_at: int


def overdue_patients(act: Act, *, today_only: bool, after: str = "") -> OverdueList:
    """Patients whose records this act may open and whose doses are overdue, the youngest first.

    A page looks at 1,200 patients at most, and shows up to 40; each that is shown is noted as shown.

    :param today_only: who is here, or has an appointment today
    :param after: where a page goes on
    """
    act.require("patients.open")
    doses = schedule_in_force(act)
    today = formatting.local(act.at).date()
    if not doses:
        return OverdueList((), "", 0)
    plan, found, looked_at = _Plan.of(doses), [], 0
    patients = _patients(act, doses[0].schedule, today, today_only)
    for _turn in range(CHUNKS):
        chunk = list(_past(patients, after)[:CHUNK])
        looked_at += len(chunk)
        for one in _owed(act, plan, chunk, today):
            found.append(one)
            after = _cursor(one.patient)
            if len(found) == PAGE:
                break
        if len(found) == PAGE:
            break
        after = _cursor(chunk[-1]) if len(chunk) == CHUNK else ""
        if not after:
            break
    act.shows(*(one.patient.id for one in found))
    return OverdueList(found, after, looked_at)


def _patients(act: Act, schedule: Any, today: date, today_only: bool) -> models.QuerySet[Patient]:
    until = Span.parse(schedule.until_age)
    youngest = today - timedelta(days=366 * (until.months // 12 + 1)) if until else date(1900, 1, 1)
    rows = Patient.objects.filter(
        access.opens(act),
        facility_id=act.here,
        born_on__gt=youngest,
        is_deceased=False,
        is_active=True,
        merged_into__isnull=True,
        voided_at__isnull=True,
    )
    if today_only:
        begins = formatting.local(act.at).replace(hour=0, minute=0, second=0, microsecond=0)
        ends = begins + timedelta(days=1)
        here = Encounter.objects.filter(patient_id=OuterRef("id"), started_at__gte=begins, voided_at__isnull=True)
        booked = Appointment.objects.filter(
            patient_id=OuterRef("id"), status__in=AWAITED, period__startswith__gte=begins, period__startswith__lt=ends
        )
        rows = rows.filter(Exists(here) | Exists(booked))
    return rows.defer("name_words", "contact_keys", "telecom", "addresses", "names").order_by("-born_on", "id")


def _past(patients: models.QuerySet[Patient], after: str) -> models.QuerySet[Patient]:
    born, _sep, identity = after.partition("/")
    try:
        born_on, last = date.fromisoformat(born), UUID(identity)
    except ValueError:
        return patients
    return patients.filter(models.Q(born_on__lt=born_on) | models.Q(born_on=born_on, id__gt=last))


def _cursor(patient: Patient) -> str:
    return f"{patient.born_on}/{patient.id}"


def _owed(act: Act, plan: _Plan, chunk: Sequence[Patient], today: date) -> Iterable[Overdue]:
    rows = Immunization.objects.valid().filter(patient_id__in=[one.id for one in chunk])
    rows = rows.annotate(is_shown=access.reads(act))
    by_patient: dict[UUID, list[Any]] = defaultdict(list)
    for row in _rows(rows):
        by_patient[row.patient_id].append(row)
    asked = Condition.objects.filter(patient_id__in=[one.id for one in chunk])
    said = plan.diagnoses(asked.annotate(is_shown=access.reads(act)))
    for patient in chunk:
        if patient.born_on is None:
            continue
        shown, hidden = _apart(by_patient[patient.id])
        known = _Known(shown, frozenset(hidden), *said.get(patient.id, ((), ())))
        late = [one for one in _reckon(plan, known, patient.born_on, today) if one.state == "overdue"]
        if late:
            yield Overdue(patient, late)
