"""What a patient reads of certificates: his own sick notes, on paper while they hold."""

import pytest
from django.urls import reverse

from salus.chart import services as chart
from salus.core.models import AccessEntry
from salus.patients.tests.builders import a_patient
from salus.portal.tests.builders import a_proxy, an_account, own_client
from tests.statements import at_most


@pytest.mark.guarantee("S11")
def test_a_patient_prints_his_own_sick_note_while_it_holds(cast):
    ann, other = a_patient(cast.almighty()), a_patient(cast.almighty(), family="Other")
    doctor, day = cast.act("doctor"), cast.act("doctor").at.date()
    mine, anothers = (
        chart.issue_sick_note(doctor, patient_id=one.id, valid_from=day, valid_until=day) for one in (ann, other)
    )
    browser = own_client(an_account(ann))
    with at_most(15):
        page = browser.get(reverse("portal:certificates")).content.decode()
    assert reverse("portal:certificate_pdf", args=[mine.id]) in page
    assert browser.get(reverse("portal:certificate_pdf", args=[mine.id])).content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(door="portal:certificate_pdf", patient_id=ann.id).last().action == "print"
    assert browser.get(reverse("portal:certificate_pdf", args=[anothers.id])).status_code == 404
    account = an_account(None, "other@example.org", facility=cast.facility)
    proxy = a_proxy(account, ann, ("record", "bills"))
    paper = reverse("portal:certificate_pdf", args=[mine.id])
    assert own_client(account).get(paper).status_code in (303, 403, 404), "a proxy in other matters"
    type(proxy).objects.filter(id=proxy.id).update(scopes=["certificates"])
    assert own_client(account).get(paper).status_code == 200
    assert own_client(account).get(reverse("portal:letters")).status_code in (303, 403, 404)
    chart.withdraw_certificate(doctor, patient_id=ann.id, certificate_id=mine.id, version=1, reason="Wrong day")
    assert browser.get(paper).status_code == 404
    assert "withdrawn" in browser.get(reverse("portal:certificates")).content.decode()
