"""What the patient tells."""

import pytest

from salus.chart import services as chart
from salus.chart.models import Note
from salus.chart.tests.builders import a_patient
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact

TOLD = {
    "past_illnesses": "Asthma as a child",
    "allergies": "Penicillin: rash",
    "smoking": "former",
    "told_by": "herself",
}


def tell(cast, patient, base="", role="receptionist", sections=TOLD):
    return chart.record_told_history(cast.act(role), patient_id=patient.id, base=base, sections=sections)


def test_reception_writes_down_what_is_told(cast):
    note = tell(cast, a_patient(cast), sections=TOLD | {"operations": " ", "nonsense": "x"})
    note.refresh_from_db()
    assert (note.kind, note.status, note.sections, note.author_name) == ("history", "signed", TOLD, "Ruth Mwangi")
    assert Fact.objects.get().name == "chart.HistoryTold"


def test_a_newer_telling_stands_beside_the_older_one(cast):
    ann = a_patient(cast)
    first = tell(cast, ann)
    with pytest.raises(Stale):
        tell(cast, ann)
    second = tell(cast, ann, base=str(first.id), role="doctor", sections=TOLD | {"alcohol": "none"})
    with pytest.raises(Stale):
        tell(cast, ann, base=str(first.id))
    assert list(Note.objects.order_by("written_at").values_list("id", flat=True)) == [first.id, second.id]


def test_refuses_an_empty_telling_and_whoever_lacks_the_right(cast):
    with pytest.raises(Invalid):
        tell(cast, a_patient(cast), sections={"told_by": "herself"})
    with pytest.raises(NotAllowed):
        tell(cast, a_patient(cast), role="cashier")
