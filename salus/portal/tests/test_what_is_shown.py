"""What a patient sees of his record: released results alone, and nothing that is anybody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from salus.chart.models import Observation
from salus.core.errors import NotAllowed
from salus.core.models import AccessEntry
from salus.encounters.models import Encounter
from salus.patients.tests.builders import a_consent, a_patient
from salus.portal.models import Release, Setting
from salus.portal.queries import record
from salus.portal.services import own
from salus.portal.tests.builders import a_proxy, act_of, an_account, own_client
from salus.queues.queries.places import place_in_queue
from salus.queues.tests.builders import a_token
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


def a_result(patient, *, days=5, **changes):
    """A final laboratory result that was issued so many days ago."""
    issued = datetime.now(UTC) - timedelta(days=days)
    values = {"status": "final", "category": "laboratory", "code": "2951-2", "display": "Sodium", "number": "140"}
    return Observation.objects.create(
        patient=patient, **(values | {"unit": "mmol/L", "issued_at": issued, "at": issued} | changes)
    )


def seen(account, patient):
    return [one.display for one in record.results_of(act_of(account), patient.id)]


@pytest.mark.guarantee("S11")
def test_a_result_is_shown_by_time_or_by_a_clinician(cast, ann):
    """Neither what is new, nor critical, nor marked, nor not final shows by itself; a clinician shows any and holds any back."""
    account = an_account(ann)
    a_result(ann, display="Old")
    hidden = {
        "new": a_result(ann, days=1, display="New"),
        "critical": a_result(ann, display="Critical", flag="HH"),
        "marked": a_result(ann, display="Marked", labels=["HIV"]),
        "undated": a_result(ann, display="Undated", issued_at=None),
    }
    a_result(ann, display="Preliminary", status="preliminary")
    a_result(ann, display="Vital", category="vital-signs")
    a_result(ann, display="Void", voided_at=datetime.now(UTC))
    assert seen(account, ann) == ["Old"]
    browser = own_client(account)
    for one in hidden.values():
        assert browser.get(f"/portal/results/{one.id}").status_code == 404
        Release.objects.create(observation=one, patient=ann, is_shown=True, said_at=datetime.now(UTC))
        assert browser.get(f"/portal/results/{one.id}").status_code == 200
    assert sorted(seen(account, ann)) == ["Critical", "Marked", "New", "Old", "Undated"]
    Release.objects.update(is_shown=False)
    assert seen(account, ann) == ["Old"]
    Release.objects.create(
        observation=Observation.objects.get(display="Old"), patient=ann, is_shown=False, said_at=datetime.now(UTC)
    )
    assert seen(account, ann) == []
    Setting.objects.create(facility=cast.facility, release_days=0)
    assert "New" not in seen(account, ann), "what is held back stays so whatever the facility says"


@pytest.mark.guarantee("S11")
def test_a_proxy_reads_nothing_that_is_marked_or_refused(cast, ann):
    holder = an_account(None, "carer@example.org", facility=cast.facility)
    a_proxy(holder, ann)
    shown = a_result(ann)
    marked = a_result(ann, display="Marked", labels=["PSY"])
    Release.objects.create(observation=marked, patient=ann, is_shown=True, said_at=datetime.now(UTC))
    assert seen(an_account(ann), ann) == ["Marked", "Sodium"]
    assert seen(holder, ann) == ["Sodium"]
    browser = own_client(holder)
    assert browser.get(f"/portal/results/{marked.id}").status_code == 404
    assert browser.get(f"/portal/results/{shown.id}").status_code == 200
    a_consent(ann, decision="deny")
    assert browser.get(f"/portal/results/{shown.id}").status_code == 404
    assert browser.get("/portal/results").status_code in (200, 404)
    assert "Sodium" not in browser.get("/portal/results").content.decode()


def test_a_proxy_does_not_see_where_a_marked_visit_waits(cast, ann):
    """Who keeps the appointments has no right to the record, but sees the line; of a marked visit only the patient does."""
    token = a_token(cast, patient_id=ann.id)
    holder = an_account(None, "carer@example.org", facility=cast.facility)
    a_proxy(holder, ann, ["appointments"])
    assert [one.label for one in place_in_queue(act_of(holder), ann.id)] == [token.label]
    Encounter.objects.filter(id=token.encounter_id).update(labels=["PSY"])
    assert place_in_queue(act_of(holder), ann.id) == []
    assert [one.label for one in place_in_queue(act_of(an_account(ann)), ann.id)] == [token.label]


@pytest.mark.guarantee("S11")
def test_a_correction_waits_for_a_word_of_its_own(cast, ann):
    """A correction is the same row: what a clinician said of the wrong value does not show the right one."""
    account = an_account(ann)
    one = a_result(ann)
    release = Release.objects.create(observation=one, patient=ann, is_shown=True, said_at=datetime.now(UTC))
    assert seen(account, ann) == ["Sodium"]
    Observation.objects.filter(id=one.id).update(
        status="corrected", flag="HH", number="171", issued_at=release.said_at + timedelta(milliseconds=1)
    )
    assert seen(account, ann) == []
    assert own_client(account).get(f"/portal/results/{one.id}").status_code == 404
    (row,) = record.results_to_release(cast.act("doctor"), ann.id)
    assert (row.is_shown, row.said, row.is_critical) == (False, None, True), "it waits for the clinician again"
    own.release_result(cast.act("doctor"), patient_id=ann.id, observation_id=one.id, is_shown=True)
    assert seen(account, ann) == ["Sodium"]


def test_a_clinician_releases_and_it_is_told(cast, ann):
    one = a_result(ann, days=0)
    address = f"/patients-door/{ann.id}/results"
    doctor = cast.client("doctor")
    with at_most(15):
        assert "not yet" in doctor.get(address).content.decode()
    assert doctor.post(f"{address}/{one.id}", form_key(patient_id=ann.id, shown="yes")).status_code == 303
    assert seen(an_account(ann), ann) == ["Sodium"]
    assert cast.client("nurse").get(address).status_code == 403
    ben = a_patient(cast.almighty(), family="Bello", given="Ben")
    assert doctor.post(f"/patients-door/{ben.id}/results/{one.id}", form_key(patient_id=ben.id)).status_code == 404
    with pytest.raises(NotAllowed):
        own.release_result(cast.act("nurse"), patient_id=ann.id, observation_id=one.id, is_shown=True)


PAGES = ("", "appointments", "appointments/find", "waiting-list", "results", "visits", "prescriptions", "bills", "more",
         "details", "proxies", "looks", "sessions", "place", "messages")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_no_page_asks_much_and_none_is_kept(cast, ann, page):
    a_result(ann)
    account = an_account(ann)
    a_proxy(account, a_patient(cast.almighty(), family="Ash", given="Kim", birth_date="2020-01-01"))
    browser = own_client(account)
    browser.get(f"/portal/{page}")
    with at_most(15):
        answer = browser.get(f"/portal/{page}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_who_looked_is_told_to_the_patient_alone(cast, ann):
    account, holder = an_account(ann), an_account(None, "carer@example.org", facility=cast.facility)
    a_proxy(holder, ann)
    cast.client("doctor").get(reverse("chart:summary", args=[ann.id]))
    own_client(holder).get("/portal/results")
    page = own_client(account).get("/portal/looks").content.decode()
    assert "Chidi Okoye" in page and "on behalf of you" in page  # noqa: PT018
    assert own_client(holder).get("/portal/looks").status_code == 403


def test_whose_page_it_was_is_logged_for_each_patient(cast, ann):
    """On one's own page the names of the others stand to be chosen from: that is no look at them, and none by themselves."""
    ben, cid = (a_patient(cast.almighty(), family="Bello", given=given) for given in ("Ben", "Cid"))
    holder = an_account(ben, "ben@example.org")
    a_proxy(holder, ann)
    a_proxy(holder, cid)
    browser = own_client(holder)
    browser.get("/portal/appointments")
    entries = {one.patient_id: one for one in AccessEntry.objects.filter(door="portal:appointments")}
    assert {(one.patient_id, one.on_behalf_of, one.action) for one in entries.values()} == {
        (ben.id, None, "read"), (ann.id, ann.id, "search"), (cid.id, cid.id, "search"),
    }  # fmt: skip
    mine = own_client(an_account(ann))
    assert "Ben" not in mine.get("/portal/looks").content.decode()
    browser.post(f"/portal/whose/{ann.id}", form_key())
    browser.get("/portal/appointments")
    for one in AccessEntry.objects.filter(by_id=holder.user_id).exclude(patient_id=ben.id):
        assert one.on_behalf_of == one.patient_id, one.door
    page = mine.get("/portal/looks").content.decode()
    assert "Ben Bello</b><small>on behalf of you" in page
    assert page.count("you, or somebody with your account") == 1, "herself"


def test_a_merged_or_voided_patient(cast, ann):
    """The account goes on with the record that the other one was joined with; of a voided one it opens nothing."""
    account, other = an_account(ann), a_patient(cast.almighty(), family="Ash", given="Anne")
    type(ann).objects.filter(id=ann.id).update(merged_into=other)
    assert act_of(account).subjects == {other.id}
    type(ann).objects.filter(id=ann.id).update(merged_into=None, voided_at=datetime.now(UTC))
    assert act_of(account).subjects == frozenset()
