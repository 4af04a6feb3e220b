"""`salus import schedules`: a table or a calendar goes in whole or not at all, every bad line is told, twice is once."""

import io
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from salus.encounters.tests.builders import a_consultation
from salus.scheduling.importing.calendars import read_calendar
from salus.scheduling.importing.entries import AbsenceEntry, HolidayEntry, SessionEntry, Whose
from salus.scheduling.importing.tables import read_table
from salus.scheduling.models import Absence, Holiday, Pattern, Schedule
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.tests.builders import a_schedule, a_thing, an_appointment, next_weekday

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = (
    "what,staff_number,kind,name,department,weekdays,starts,ends,slot_minutes,places,breaks,services,also,first,last,"
    "reason,note"
)
CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
PUBLISHED = CORPUS / "holidays" / "public-holidays-2025-2027.csv"


@pytest.fixture
def bring(cast, tmp_path):
    """Call the command with a file of this content; gives what it said, and of a refusal what was wrong."""
    cast.departments["opd"].save()
    cast.user("doctor")

    def call(content, name="plan.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_schedules", str(path), stdout=out, stderr=err, **options)
        except CommandError as refused:
            return f"{err.getvalue()}{refused}"
        return out.getvalue()

    return call


def table(*lines):
    return "\n".join((HEAD, *lines))


def counted():
    return tuple(model.objects.count() for model in (Schedule, Pattern, Absence, Holiday))


def test_a_table_becomes_a_calendar_and_twice_is_once(cast, bring):
    a_consultation(code="first")
    day = next_weekday()
    lines = [
        f"session,T-doctor,,,,mon wed,09:00,12:00,20,1,10:00-10:20,first,Echo,{day},,,",
        f"session,,service,Bloods,lab,tue,07:30,09:00,10,4,,,,{day},{day + timedelta(days=60)},,",
        f"absence,T-doctor,,,,,,,,,,,,{day + timedelta(days=7)},{day + timedelta(days=8)},training,Course",
        f"holiday,,,Founder's day,,,,,,,,,,{day + timedelta(days=30)},,,",
        "",
    ]
    things = a_thing(cast, "Echo")
    said = bring(table(*lines), dry_run=True)
    assert "3 sessions added" in said
    assert "Nothing was written" in said
    assert counted() == (1, 0, 0, 0)
    assert "3 sessions added" in bring(table(*lines))
    assert counted() == (3, 3, 1, 1)
    doctor = Schedule.objects.get(kind="practitioner")
    assert Pattern.objects.filter(schedule=doctor, also=[things.id], service_codes=["first"]).count() == 2
    slots = availability(cast.act("receptionist"), Wish(day, 1, (doctor.id,))).slots
    assert [timezone.localtime(one.starts_at).hour for one in slots] == [9] * 3 + [10] * 2 + [11] * 3
    said = bring(table(*lines).replace(",", ";").replace("mon wed", "Monday, Wednesday"))
    assert "3 sessions unchanged" in said
    assert "1 absences unchanged" in said
    assert counted() == (3, 3, 1, 1)


def test_every_bad_line_is_told_with_its_number_and_nothing_is_written(cast, bring):
    day = next_weekday()
    good = f"session,T-doctor,,,,mon,09:00,12:00,20,1,,,,{day},,,"
    said = bring(table(
        good,
        f"session,T-nobody,,,,mon,09:00,12:00,20,1,,,,{day},,,",
        f"session,T-doctor,,,,mon,11:00,13:00,20,1,,,,{day},,,",
        f"session,T-doctor,,,,thu,11:00,10:00,20,1,,,,{day},,,",
        f"session,T-doctor,,,,fri,08:00,10:00,20,1,,,Laser,{day},,,",
        f"session,,service,Bloods,nowhere,tue,07:30,09:00,10,4,,,,{day},,,",
    ))  # fmt: skip
    for words in ("line 3: Nobody here", "line 4: There is another session", "line 5: A session ends after",
                  "line 6: There is no room or device Laser", "line 7: There is no open department nowhere"):  # fmt: skip
        assert words in said
    assert "line 2" not in said
    assert counted() == (0, 0, 0, 0)
    said = bring(table(
        good,
        f"session,T-doctor,,,,someday,09:00,12:00,20,1,,,,{day},,,",
        f'session,T-doctor,,,,mon,"nine\no\'clock",12:00,20,1,,,,{day},,,',
        f"session,T-doctor,,,,mon,09:00,12:00,-1,1,,,,{day},,,",
        "session,T-doctor,,,,mon,09:00,12:00,20,1,,,,31.12.2026,,,",
        f"party,T-doctor,,,,mon,09:00,12:00,20,1,,,,{day},,,",
        f"absence,T-doctor,,,,,,,,,,,,{day},{day - timedelta(days=9)},leave,",
        f"absence,T-doctor,,,,,,,,,,,,{day},,bored,",
        f"session,T-doctor,,,,mon,09:00,12:00,20,1,,,,{day},,,,,,",
    ))  # fmt: skip
    for words in ("line 3: weekdays", "line 4: starts", "line 6: slot_minutes", "line 7: first", "line 8: what",
                  "line 9: It would end", "line 10: reason", "line 11: It has more fields"):  # fmt: skip
        assert words in said, words
    assert counted() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\0", b"a,b\n1,2", b"first,first,weekdays\n", b'weekdays,first\n"mon,2026-01-01', b"\0"]
)
def test_what_is_no_table_is_told(bring, content):
    assert "nothing was written" in bring(content)


def test_who_is_booked_is_told_first(cast, bring):
    schedule = a_schedule(cast)
    an_appointment(cast, schedule)
    line = table(f"absence,T-doctor,,,,,,,,,,,,{next_weekday()},,illness,")
    assert "1 booked patients would lose their time" in bring(line)
    assert not Absence.objects.exists()
    assert "1 absences added" in bring(line, accept_touched=True)


@pytest.mark.corpus
@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"the published holidays are not here ({PUBLISHED})")
def test_published_holidays(cast, bring):
    content = PUBLISHED.read_bytes()
    assert "--country" in bring(content)
    said = bring(content, country="IN")
    assert "holidays added" in said
    assert Holiday.objects.get(on=date(2025, 1, 26)).name == "Republic Day"
    count = Holiday.objects.count()
    assert "unchanged" in bring(content, country="in")
    assert Holiday.objects.count() == count > 10


# ---------------------------------------------------------------- calendars


def calendar(*events):
    zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\n"
    told = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{one}\r\nEND:VEVENT\r\n" for n, one in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{zone}{told}END:VCALENDAR\r\n".encode()


WEEKLY = "\r\n".join((
    "SUMMARY:Clinic", "DTSTART;TZID=Europe/Berlin:20260907T090000", "DTEND;TZID=Europe/Berlin:20260907T120000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T225959Z", "EXDATE;TZID=Europe/Berlin:20261026T090000,20261028T090000",
))  # fmt: skip
LEAVE = "SUMMARY:Leave\r\nDTSTART;VALUE=DATE:20261221\r\nDTEND;VALUE=DATE:20261224"
DOCTOR = Whose("T-doctor")


def read(*events, whose=DOCTOR, **options):
    return read_calendar(calendar(*events), zone=BERLIN, whose=whose, today=date(2026, 9, 1), **options)


def test_what_comes_every_week_is_a_session_and_everything_else_an_absence():
    """Nine o'clock stays nine o'clock over the change of clocks; an exception of the week after it is at its own time."""
    found = read(WEEKLY, LEAVE, "DTSTART:20261001T080000Z\r\nDURATION:PT90M\r\nSUMMARY:Course")
    assert found.mistakes == []
    sessions = [one for one in found.entries if isinstance(one, SessionEntry)]
    assert [(one.weekday, one.starts, one.ends, one.first, one.until) for one in sessions] == [
        (day, 540, 720, date(2026, 9, 7), date(2027, 1, 1)) for day in (0, 2)
    ]
    away = [(one.starts_at.astimezone(UTC), one.ends_at.astimezone(UTC), one.note)
            for one in found.entries if isinstance(one, AbsenceEntry)]  # fmt: skip
    assert away == [
        (datetime(2026, 10, 26, 8, tzinfo=UTC), datetime(2026, 10, 26, 11, tzinfo=UTC), ""),
        (datetime(2026, 10, 28, 8, tzinfo=UTC), datetime(2026, 10, 28, 11, tzinfo=UTC), ""),
        (datetime(2026, 12, 20, 23, tzinfo=UTC), datetime(2026, 12, 23, 23, tzinfo=UTC), "Leave"),
        (datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 1, 9, 30, tzinfo=UTC), "Course"),
    ]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRRULE:FREQ=MONTHLY;BYDAY=2MO", "neither every week"),
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2", "neither every week"),
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRRULE:FREQ=WEEKLY;BYMONTH=3", "BYMONTH"),
        ("DTSTART:20260907T090000\r\nDTEND:20260908T120000\r\nRRULE:FREQ=WEEKLY", "one day"),
        ("DTSTART;VALUE=DATE:20260907\r\nRRULE:FREQ=WEEKLY", "Whole days"),
        ("DTSTART:20260907T090000Z\r\nDTEND:20260907T120000Z\r\nRRULE:FREQ=WEEKLY", "another time zone"),
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRECURRENCE-ID:20260907T090000", "RECURRENCE-ID"),
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRDATE:20260908T090000", "RDATE"),
        ("DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nSTATUS:CANCELLED", "cancelled"),
        ("DTSTART:20260907T090000", "when it ends"),
        ("SUMMARY:Nothing", "when it begins"),
        ("DTSTART:20260907T090000\r\nDTEND:20260906T090000", "end before"),
        ("DTSTART:nonsense", ""),
    ],
)
def test_what_is_not_understood_is_told_event_by_event(event, words):
    found = read(LEAVE, event, WEEKLY)
    assert [(one.where, words in one.words) for one in found.mistakes] == [("event 2", True)]
    assert len(found.entries) == 5


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        ("FREQ=WEEKLY", None),
        ("FREQ=WEEKLY;COUNT=3", date(2026, 9, 22)),
        ("FREQ=DAILY;BYDAY=MO,TU;COUNT=3", date(2026, 9, 15)),
        ("FREQ=WEEKLY;UNTIL=20261005", date(2026, 10, 6)),
        ("FREQ=WEEKLY;UNTIL=20261005T090000", date(2026, 10, 6)),
        ("FREQ=WEEKLY;UNTIL=20261005T085900", date(2026, 10, 5)),
    ],
)
def test_when_a_rule_ends(rule, until):
    found = read(f"DTSTART:20260907T090000\r\nDTEND:20260907T120000\r\nRRULE:{rule}")
    assert found.mistakes == []
    assert {one.until for one in found.entries} == {until}


def test_holidays_of_a_calendar_and_what_is_over():
    past = "SUMMARY:Before\r\nDTSTART;VALUE=DATE:20250501"
    found = read(LEAVE, past, WEEKLY, whose=None)
    assert [one.on for one in found.entries if isinstance(one, HolidayEntry)] == [
        date(2026, 12, n) for n in (21, 22, 23)
    ]
    assert found.over == 1
    assert [one.where for one in found.mistakes] == ["event 3"]


def test_a_calendar_goes_in_whole_or_with_what_was_left_out_listed(cast, bring):
    cast.facility.time_zone = "Europe/Berlin"
    cast.facility.save()
    day = next_weekday()
    weekly = (f"DTSTART;TZID=Europe/Berlin:{day:%Y%m%d}T090000\r\nDTEND;TZID=Europe/Berlin:{day:%Y%m%d}T100000\r\n"
              "RRULE:FREQ=WEEKLY")  # fmt: skip
    both = calendar(weekly, f"DTSTART:{day:%Y%m%d}T090000\r\nDTEND:{day:%Y%m%d}T100000\r\nRRULE:FREQ=YEARLY")
    assert "say whose" in bring(both, "d.ics")
    said = bring(both, "d.ics", staff="T-doctor")
    assert "event 2: It comes neither" in said
    assert not Pattern.objects.exists()
    assert "1 events were left out" in bring(both, "d.ics", staff="T-doctor", leave_out=True)
    assert "1 sessions unchanged" in bring(calendar(weekly), "d.ics", staff="T-doctor")
    assert Pattern.objects.count() == 1
    assert "no event" in bring(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "d.ics", staff="T-doctor")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(HEAD.encode() + b'\n"\n')
def test_no_file_breaks_the_readers(content):
    for file in (content, HEAD.encode() + b"\n" + content, calendar(content.decode("utf-8", "replace"))):
        assert read_table(file, zone=BERLIN) is not None
        assert read_calendar(file, zone=BERLIN, whose=DOCTOR, today=date(2026, 9, 1)) is not None


@given(st.lists(st.sampled_from(WEEKLY.split("\r\n") + LEAVE.split("\r\n") + [
    "RRULE:FREQ=WEEKLY;COUNT=99999", "RRULE:", "DURATION:-P1D", "DTSTART:99991231T235959Z", "EXDATE:x",
    "DTEND;VALUE=DATE:00010101", "RRULE:FREQ=WEEKLY;UNTIL=1", "RRULE:FREQ=WEEKLY;COUNT=-1", "EXDATE;VALUE=DATE:20261026",
    "DTSTART;TZID=Mars/Base:20260907T090000",
]), max_size=6))  # fmt: skip
def test_no_event_breaks_the_reader(lines):
    found = read("\r\n".join(lines) or "UID:1")
    assert len(found.mistakes) <= 1
