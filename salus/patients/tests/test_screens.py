import io
import re
from threading import Thread

import pytest
from django.db import connection
from django.urls import reverse
from PIL import Image

from salus.core.models import AccessEntry
from salus.patients.models import Identifier, Patient
from salus.patients.queries import identity_of
from salus.patients.services import update_patient
from salus.patients.tests.builders import a_patient
from tests.cast import form_key
from tests.statements import at_most

REGISTER = "/patients/new"
NUMBERS = {"identifiers-TOTAL_FORMS": "1", "identifiers-INITIAL_FORMS": "0", "identifiers-0-kind": "national"}
MOST_STATEMENTS = 15


def _form(**fields):
    return form_key(
        **{"family": "Ash", "given": "Ann", "gender": "female", "birth_date": "14-Mar-1964"} | NUMBERS | fields
    )


def _picture(side=900, kind="PNG"):
    kept = io.BytesIO()
    Image.new("RGB", (side, side // 2), "teal").save(kept, kind)
    kept.seek(0)
    kept.name = f"ann.{kind.lower()}"
    return kept


def test_registering_through_the_form(cast):
    browser = cast.client("receptionist")
    assert browser.get(REGISTER).status_code == 200
    form = _form(phone="+44 7700 900123", email="a@b.org", city="Ware", photo=_picture(), title="Mrs") | {
        "identifiers-0-value": "AB 1",
        "identifiers-0-system": "GB",
        "former_name": "Elm",
        "other_name": "Анна",
    }
    with at_most(MOST_STATEMENTS):
        answer = browser.post(REGISTER, form)
    patient = Patient.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("patients:show", args=[patient.id]))
    known = identity_of(cast.act("receptionist"), patient.id)
    assert [p["value"] for p in known.telecom] == ["+44 7700 900123", "a@b.org"]
    assert patient.names == [{"use": "usual", "text": "Анна"}, {"use": "maiden", "family": "Elm"}]
    assert known.identifiers[0].value == "AB 1"
    page = browser.get(answer["Location"])
    text = page.content.decode()
    assert "ASH" in text
    assert "14-Mar-1964" in text
    assert "+44 7700 900123" in text
    photo = browser.get(reverse("patients:photo", args=[patient.id]))
    assert photo["Content-Type"] == "image/jpeg"
    assert photo["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(photo.content)) as picture:
        assert picture.size == (512, 256)


def test_a_double_click_registers_one_patient(cast):
    browser, form = cast.client("receptionist"), _form()
    first, second = browser.post(REGISTER, form), browser.post(REGISTER, form)
    assert first["Location"] == second["Location"]
    assert Patient.objects.count() == 1


def test_mistakes_come_back_with_what_was_typed(cast):
    answer = cast.client("receptionist").post(REGISTER, _form(family="", birth_date="31-Feb-1980", city="Ware"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Ware"' in text
    assert "31-Feb-1980" in text
    assert "There is no such day" in text
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "same name, same birth date"),
        ({"given": "Anne", "family": "Asch"}, "same birth date"),
        ({"family": "Äsh", "birth_date": "14-Mar-1965"}, "alike but for the year"),
        ({"birth_date": "1964"}, "fits as far as it is known"),
        ({"given": "Анна", "family": "Аш"}, "same birth date"),
        ({"given": "Ash", "family": "Ann"}, "same name"),
    ],
)
@pytest.mark.guarantee("H2")
def test_a_likely_duplicate_is_shown_and_can_be_passed_by(cast, fields, why):
    known = a_patient(cast.almighty())
    browser = cast.client("receptionist")
    answer = browser.post(REGISTER, _form(**fields))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert why in text
    assert reverse("patients:show", args=[known.id]) in text
    seen = re.search(r'name="not_same" value="([^"]+)"', text)[1]
    assert browser.post(REGISTER, _form(**fields, not_same=seen)).status_code == 303
    assert Patient.objects.count() == 2


def test_day_and_month_swapped_and_the_same_phone_are_told(cast):
    a_patient(cast.almighty(), birth_date="1964-03-04", telecom=[{"system": "phone", "value": "+447700900123"}])
    text = (
        cast.client("receptionist")
        .post(REGISTER, _form(birth_date="3-Apr-1964", phone="07700 900 123"))
        .content.decode()
    )
    assert "day and month swapped" in text
    assert "same phone" in text


def test_somebody_else_is_no_duplicate(cast):
    act = cast.almighty()
    a_patient(act)
    a_patient(act, family="Bello", given="Ben", birth_date="1990-01-01")
    answer = cast.client("receptionist").post(REGISTER, _form(given="Thomas", family="Nguyen"))
    assert answer.status_code == 303


def test_a_duplicate_that_was_not_shown_is_asked_about_again(cast):
    a_patient(cast.almighty())
    answer = cast.client("receptionist").post(REGISTER, _form(not_same="00000000-0000-0000-0000-000000000000"))
    assert answer.status_code == 422


def test_the_photo_stays_with_a_form_that_comes_back(cast):
    a_patient(cast.almighty())
    browser = cast.client("receptionist")
    text = browser.post(REGISTER, _form(photo=_picture())).content.decode()
    kept = re.search(r'name="photo_kept" value="([^"]+)"', text)[1]
    seen = re.search(r'name="not_same" value="([^"]+)"', text)[1]
    assert browser.post(REGISTER, _form(photo_kept=kept, not_same=seen)).status_code == 303
    assert Patient.objects.filter(photo__isnull=False).count() == 1


def test_somebody_elses_number_is_told_beside_the_field(cast):
    holder = a_patient(
        cast.almighty(), family="Bello", given="Ben", identifiers=[{"kind": "national", "system": "GB", "value": "AB1"}]
    )
    number = {"identifiers-0-value": "ab 1", "identifiers-0-system": "GB"}
    browser = cast.client("receptionist")
    first = browser.post(REGISTER, _form(**number)).content.decode()
    assert "same number of a card" in first
    answer = browser.post(REGISTER, _form(**number, not_same=str(holder.id)))
    assert answer.status_code == 422
    assert "Another patient has this number already" in answer.content.decode()
    assert reverse("patients:show", args=[holder.id]) in answer.content.decode()
    assert Patient.objects.count() == 1


def test_likely_duplicates_appear_while_typing(cast):
    a_patient(cast.almighty())
    answer = cast.client("receptionist").post(
        "/patients/new/likely", {"family": "Ash", "given": "Ann", "birth_date": "14-Mar-1964"}
    )
    assert "Known already?" in answer.content.decode()
    empty = cast.client("receptionist").post("/patients/new/likely", {"family": "", "birth_date": "x"})
    assert empty.status_code == 200


def test_searching_by_post(cast):
    ann = a_patient(cast.almighty())
    browser = cast.client("cashier")
    assert browser.get("/patients/").status_code == 200
    with at_most(MOST_STATEMENTS):
        text = browser.post("/patients/", {"q": "asch ann"}).content.decode()
    assert "ASH" in text
    assert "14-Mar-1964" in text
    assert str(ann.id) in text
    fragment = browser.post("/patients/", {"q": "zzzz"}, headers={"HX-Request": "true"}).content.decode()
    assert "Nobody found" in fragment
    assert "<html" not in fragment


def test_what_was_searched_begins_a_registration(cast):
    text = cast.client("receptionist").post("/patients/new/start", {"q": "Ann Marie Ash"}).content.decode()
    assert 'value="Ash"' in text
    assert 'value="Ann Marie"' in text


def test_the_right_to_find_shows_no_more_than_that(cast):
    ann = a_patient(cast.almighty(), telecom=[{"system": "phone", "value": "+44 7700 900123"}])
    text = cast.client("cashier").get(reverse("patients:show", args=[ann.id])).content.decode()
    assert "ASH" in text
    assert "7700" not in text
    assert cast.client("cashier").get(reverse("patients:photo", args=[ann.id])).status_code == 403
    assert cast.client("administrator").get(reverse("patients:show", args=[ann.id])).status_code == 403
    assert cast.client("cashier").get(reverse("patients:edit", args=[ann.id])).status_code == 403


@pytest.mark.guarantee("B20")
def test_opening_a_patient_is_logged(cast):
    ann = a_patient(cast.almighty())
    browser = cast.client("doctor")
    with at_most(MOST_STATEMENTS):
        browser.get(reverse("patients:show", args=[ann.id]))
    entry = AccessEntry.objects.get(patient_id=ann.id)
    assert (entry.action, entry.by_id) == ("read", cast.user("doctor").id)


def test_a_patient_of_another_facility_is_not_there(cast):
    ann = a_patient(cast.almighty())
    Patient.objects.filter(id=ann.id).update(facility=_elsewhere(cast))
    for route in ("show", "edit", "photo"):
        assert cast.client("receptionist").get(reverse(f"patients:{route}", args=[ann.id])).status_code == 404, route


def _elsewhere(cast):
    house = cast.facility
    return type(house).objects.create(organization=house.organization, code="elsewhere", name="Elsewhere")


def test_changing_who_a_patient_is(cast):
    ann = a_patient(
        cast.almighty(),
        telecom=[
            {"system": "phone", "value": "1234567", "use": "work"},
            {"system": "url", "value": "https://a.example"},
        ],
        identifiers=[{"kind": "other", "system": "", "value": "7"}],
    )
    browser = cast.client("receptionist")
    address = reverse("patients:edit", args=[ann.id])
    assert 'value="1234567"' in browser.get(address).content.decode()
    changed = {
        "family": "Oak",
        "phone": "7654321",
        "identifiers-0-value": "8",
        "identifiers-0-kind": "other",
        "photo": _picture(),
    }
    with at_most(MOST_STATEMENTS):
        answer = browser.post(address, _form(**changed, version="1", patient_id=ann.id))
    assert answer.status_code == 303
    known = identity_of(cast.act("receptionist"), ann.id)
    assert known.patient.family == "Oak"
    assert [p["value"] for p in known.telecom] == ["7654321", "https://a.example"]
    assert [(one.kind, one.value) for one in known.identifiers] == [("other", "8")]
    assert Identifier.objects.filter(patient=ann, voided_at__isnull=False).count() == 1


@pytest.mark.guarantee("B9")
def test_the_second_of_two_keeps_what_he_typed(cast):
    ann = a_patient(cast.almighty())
    update_patient(cast.act("receptionist"), patient_id=ann.id, version=1, given="Annabel")
    browser = cast.client("receptionist")
    answer = browser.post(reverse("patients:edit", args=[ann.id]), _form(city="Ware", version="1", patient_id=ann.id))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Annabel" in text
    assert 'value="Ware"' in text
    assert 'name="version" value="2"' in text
    assert Patient.objects.get().given == "Annabel"


def test_one_more_row_for_a_number(cast):
    browser = cast.client("receptionist")
    text = browser.get("/patients/new/number-row", {"identifiers-TOTAL_FORMS": "2"}).content.decode()
    assert 'name="identifiers-2-value"' in text
    assert 'value="3"' in text
    assert browser.get("/patients/new/number-row", {"identifiers-TOTAL_FORMS": "x"}).status_code == 204


def test_the_box_finds_patients(cast):
    ann = a_patient(cast.almighty())
    text = cast.client("receptionist").post("/ui/find", {"q": "ash"}).content.decode()
    assert str(ann.id) in text
    assert "ASH" not in cast.client("administrator").post("/ui/find", {"q": "ash"}).content.decode()


@pytest.mark.guarantee("B10")
@pytest.mark.race
def test_ten_clicks_at_once_register_one_patient(cast, real_db):
    clicks, form = [], _form()
    browsers = [cast.client("receptionist") for _ in range(10)]

    def click(browser):
        clicks.append(browser.post(REGISTER, form)["Location"])
        connection.close()

    threads = [Thread(target=click, args=(browser,)) for browser in browsers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(clicks) == 10
    assert len(set(clicks)) == 1
    assert Patient.objects.count() == 1
