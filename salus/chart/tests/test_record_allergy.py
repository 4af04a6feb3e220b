"""Allergies and their three states."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from salus.chart import services as chart
from salus.chart.allergy_forms import ReactionForm
from salus.chart.models import AllergyIntolerance
from salus.chart.queries import active_allergies, allergy_list
from salus.chart.screens import allergy_strip
from salus.chart.services.allergies import Reaction
from salus.chart.tests.builders import a_patient, an_allergen
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.core.models import Fact
from tests.cast import form_key


def tell(cast, patient, role="doctor", **changes):
    values = {"allergen_code": an_allergen().code, "criticality": "high", "reaction": "anaphylaxis"} | changes
    return chart.record_allergy(cast.act(role), patient_id=patient.id, **values)


def test_an_allergy_says_what_it_stops(cast):
    ann = a_patient(cast)
    tell(cast, ann, severity="severe")
    (row,) = active_allergies(cast.act("nurse"), ann.id)
    assert (row.display, row.allergen_code, row.allergy_groups) == ("Penicillin", "penicillin", ["penicillins"])
    assert row.reactions == [{"manifestation": [{"text": "anaphylaxis"}], "severity": "severe"}]


def test_the_three_states(cast):
    ann, nurse = a_patient(cast), cast.act("nurse")
    assert allergy_list(nurse, ann.id).state == "not_recorded"
    chart.confirm_no_allergies(nurse, patient_id=ann.id)
    assert allergy_list(nurse, ann.id).none_known.recorded_at == nurse.at
    row = tell(cast, ann, role="nurse")
    assert allergy_list(nurse, ann.id).state == "listed"
    chart.refute_allergy(nurse, patient_id=ann.id, allergy_id=row.id, version=1, reason="Skin test negative")
    assert allergy_list(nurse, ann.id).state == "not_recorded"
    assert AllergyIntolerance.objects.get(id=row.id).verification == "refuted"


def test_none_known_ends_with_an_allergy_that_holds_again(cast):
    """A program takes an ended allergy up again; "none known" must not come back with its old date when that one ends."""
    ann, nurse = a_patient(cast), cast.act("nurse")
    row = tell(cast, ann, role="nurse")
    chart.resolve_allergy(nurse, patient_id=ann.id, allergy_id=row.id, version=1, reason="Outgrown")
    none_known = chart.confirm_no_allergies(nurse, patient_id=ann.id)
    chart.change_allergy(nurse, patient_id=ann.id, allergy_id=row.id, version=2, status="active")
    none_known.refresh_from_db()
    assert (allergy_list(nurse, ann.id).state, none_known.status) == ("listed", "inactive")


def test_none_known_is_confirmed_anew_and_refused_beside_an_allergy(cast):
    ann = a_patient(cast)
    first = chart.confirm_no_allergies(cast.act("nurse"), patient_id=ann.id)
    again = chart.confirm_no_allergies(cast.act("nurse"), patient_id=ann.id)
    assert again.id == first.id
    tell(cast, ann)
    with pytest.raises(chart.AllergyStands):
        chart.confirm_no_allergies(cast.act("nurse"), patient_id=ann.id)


def test_dangerous_ones_come_first_and_one_substance_stands_once(cast):
    ann = a_patient(cast)
    tell(cast, ann, allergen_code="", display="Adhesive plaster", criticality="low")
    tell(cast, ann)
    assert [row.display for row in active_allergies(cast.act("doctor"), ann.id)] == ["Penicillin", "Adhesive plaster"]
    with pytest.raises(Conflict):
        tell(cast, ann, allergen_code="", display="PENICILLIN")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"allergen_code": "nonsense"}, "allergen"),
        ({"allergen_code": "", "display": " "}, "allergen"),
        ({"criticality": "huge"}, "criticality"),
        ({"severity": "huge"}, "severity"),
        ({"onset": "yesterday"}, "onset"),
    ],
)
def test_refuses_nonsense_beside_its_field(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        tell(cast, a_patient(cast), **changes)
    assert list(refused.value.fields) == [field]


def test_needs_the_right_and_a_reason(cast):
    ann = a_patient(cast)
    with pytest.raises(NotAllowed):
        tell(cast, ann, role="receptionist")
    row = tell(cast, ann)
    for end in (chart.refute_allergy, chart.void_allergy):
        with pytest.raises(Invalid):
            end(cast.act("doctor"), patient_id=ann.id, allergy_id=row.id, version=1, reason=" ")


def test_the_second_of_two_is_told_and_another_patient_is_never_touched(cast):
    ann, ben = a_patient(cast), a_patient(cast, given="Ben")
    row = tell(cast, ann)
    chart.change_allergy(cast.act("nurse"), patient_id=ann.id, allergy_id=row.id, version=1, reaction="rash")
    with pytest.raises(Stale):
        chart.void_allergy(cast.act("doctor"), patient_id=ann.id, allergy_id=row.id, version=1, reason="wrong")
    with pytest.raises(AllergyIntolerance.DoesNotExist):
        chart.void_allergy(cast.act("doctor"), patient_id=ben.id, allergy_id=row.id, version=2, reason="wrong")
    chart.void_allergy(cast.act("doctor"), patient_id=ann.id, allergy_id=row.id, version=2, reason="wrong patient")
    assert active_allergies(cast.act("doctor"), ann.id) == []


def test_tells_what_happened(cast):
    ann = a_patient(cast)
    chart.confirm_no_allergies(cast.act("nurse"), patient_id=ann.id)
    tell(cast, ann)
    told = list(Fact.objects.order_by("id").values_list("name", "data__status"))
    assert told == [
        ("chart.AllergyRecorded", None),
        ("chart.AllergyChanged", "inactive"),
        ("chart.AllergyRecorded", None),
    ]


@pytest.mark.race
def test_none_known_and_an_allergy_never_pass_each_other(cast, real_db):
    ann = a_patient(cast)
    an_allergen()
    acts = [cast.act("nurse") for _ in range(25)]

    def one(place):
        try:
            if place % 2:
                chart.confirm_no_allergies(acts[place], patient_id=ann.id)
            else:
                chart.record_allergy(acts[place], patient_id=ann.id, allergen_code="penicillin")
        except Conflict:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(25)))
    assert [row.is_none_known for row in AllergyIntolerance.objects.filter(status="active")] == [False]


@pytest.mark.guarantee("H10")
@pytest.mark.race
def test_of_fifty_changes_to_one_allergy_one_goes_in(cast, real_db):
    ann = a_patient(cast)
    row, act = tell(cast, ann), cast.act("nurse")

    def change(place):
        try:
            chart.change_allergy(act, patient_id=ann.id, allergy_id=row.id, version=1, reaction=f"rash {place}")
            return True
        except Stale:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(change, range(50))) == 1


def test_a_remark_takes_no_code_and_no_reaction_away(cast):
    """What a program told stays as it told it where nobody says otherwise, also what the page has no line for."""
    ann, client = a_patient(cast), cast.client("doctor")
    row = tell(cast, ann, severity="severe")
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "39579001", "display": "Anaphylaxis"}]}
    told = [{"manifestation": [coded], "severity": word} for word in ("mild", "mild", "moderate", "mild", "severe")]
    AllergyIntolerance.objects.update(reactions=told)
    form = ReactionForm.initial_of(AllergyIntolerance.objects.get(id=row.id))
    sent = form | {"note": "Seen again", "reaction_2": "Hives", "patient_id": ann.id, "version": 2}
    address = reverse("chart:change_allergy", args=[ann.id, row.id])
    assert client.post(address, form_key(**sent)).status_code == 303
    kept = AllergyIntolerance.objects.get(id=row.id)
    assert kept.reactions == [told[0], {"manifestation": [{"text": "Hives"}], "severity": "mild"}, *told[2:]]
    assert (kept.note, kept.severity) == ("Seen again", "severe")


def test_several_reactions_a_day_to_look_again_and_an_end(cast):
    ann, client = a_patient(cast), cast.client("doctor")
    an_allergen()
    sent = {
        "allergen": "penicillin", "allergen_text": "Penicillin", "kind": "allergy", "verification": "confirmed",
        "reaction": "Hives", "severity": "mild", "began": "2019", "reaction_2": "Anaphylaxis", "severity_2": "severe",
        "review": "14-Mar-2027", "patient_id": ann.id,
    }  # fmt: skip
    new = reverse("chart:record_allergy", args=[ann.id])
    assert client.post(new, sent | {"review": "2027"} | form_key()).status_code == 422
    assert client.post(new, sent | form_key()).status_code == 303
    row = AllergyIntolerance.objects.get(patient=ann)
    assert [one.get("severity") for one in row.reactions] == ["mild", "severe"]
    assert (row.reactions[0]["onset"], str(row.review_on), row.recorder_id is not None) == ("2019", "2027-03-14", True)
    text = client.get(reverse("chart:allergies", args=[ann.id])).content.decode()
    assert "Hives 2019, Anaphylaxis" in text
    assert "14-Mar-2027" in text
    change = client.get(reverse("chart:change_allergy", args=[ann.id, row.id])).content.decode()
    assert 'name="reaction_3"' in change
    over = reverse("chart:resolve_allergy", args=[ann.id, row.id])
    of = {"patient_id": ann.id, "version": "1"}
    assert client.post(over, of | form_key()).status_code == 422
    assert client.post(over, of | {"reason": "Tolerated for a year"} | form_key()).status_code == 303
    assert active_allergies(cast.act("doctor"), ann.id) == []
    past = client.get(reverse("chart:versions", args=[ann.id, "allergy", row.id])).content.decode()
    assert "Tolerated for a year" in past


def test_the_banner_and_the_list_say_when_it_happened(cast):
    ann, nurse = a_patient(cast), cast.act("nurse")
    tell(cast, ann, reaction="", reactions=[Reaction("anaphylaxis", "severe", "1998-03"), Reaction("rash")])
    _state, (line,) = allergy_strip(nurse, ann.id)
    assert line.reaction == "anaphylaxis 1998, rash"
    page = cast.client("nurse").get(reverse("chart:allergies", args=[ann.id])).content.decode()
    assert "anaphylaxis 1998, rash · " in page
