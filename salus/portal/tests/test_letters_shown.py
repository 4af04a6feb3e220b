"""What a patient reads of letters to him: those that were shown, whole, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from salus.chart.models import Note, NoteSetting
from salus.core.models import AccessEntry
from salus.patients.tests.builders import a_patient
from salus.portal.tests.builders import a_proxy, an_account, own_client
from tests.statements import at_most


def a_letter(patient, **changes):
    """A summary that the patient reads since a minute."""
    ago = datetime.now(UTC) - timedelta(minutes=1)
    values = {
        "status": "signed",
        "template": "visit-summary",
        "template_kind": "visit-summary",
        "title": "Visit summary",
        "form": [{"name": "plan", "label": "Next steps"}],
        "sections": {"plan": "Come back in a week."},
        "audience": "patient",
        "author_name": "Chidi Okoye",
        "shown_at": ago,
    }
    return Note.objects.create(patient=patient, **(values | {"written_at": ago, "signed_at": ago} | changes))


@pytest.mark.guarantee("S11")
def test_a_patient_reads_what_was_shown_to_him_and_nothing_else(cast):
    ann = a_patient(cast.almighty())
    browser = own_client(an_account(ann))
    shown = a_letter(ann)
    hidden = [
        a_letter(ann, shown_at=None, title="Not shown"),
        a_letter(ann, needs_cosign=True, title="Not whole"),
        a_letter(ann, voided_at=datetime.now(UTC), title="Wrong"),
        a_letter(ann, labels=["HIV"], title="Marked"),
        a_letter(ann, audience="practitioner", shown_at=None, title="To a doctor"),
        a_letter(a_patient(cast.almighty(), family="Other"), title="Another's"),
    ]
    with at_most(15):
        page = browser.get(reverse("portal:letters")).content.decode()
    assert "Visit summary" in page
    for one in hidden[:3] + hidden[4:]:
        assert one.title not in page
        assert browser.get(reverse("portal:letter", args=[one.id])).status_code == 404
        assert browser.get(reverse("portal:letter_pdf", args=[one.id])).status_code == 404
    page = browser.get(reverse("portal:letter", args=[shown.id])).content.decode()
    assert ("Next steps" in page, "Come back in a week." in page) == (True, True)
    assert browser.get(reverse("portal:letter_pdf", args=[shown.id])).content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(door="portal:letter_pdf", patient_id=ann.id).last().action == "print"
    marked = hidden[3].title
    account = an_account(None, "other@example.org", facility=cast.facility)
    a_proxy(account, ann, ("record",))
    assert marked not in own_client(account).get(reverse("portal:letters")).content.decode()
    NoteSetting.objects.create(facility=cast.facility, letters_are_shown=False)
    assert browser.get(reverse("portal:letter", args=[shown.id])).status_code == 404
