"""What is said of a doctor: by himself, and by the administrator; the photo is ours, and in nobody's cache."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from salus.core.errors import NotAllowed
from salus.core.files import path_of
from salus.staff import services
from tests.cast import form_key


def a_photo(media_type="PNG"):
    kept = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(kept, media_type)
    return SimpleUploadedFile("me.png", kept.getvalue(), content_type="image/png")


def said(member, **changes):
    values = {"qualifications": "MD, Nairobi 2009\n\nDTM&H", "languages": "en, sw", "version": member.version}
    return form_key(**(values | changes))


def test_a_doctor_says_what_he_can_and_shows_his_face(cast):
    member, doctor = cast.user("doctor").staff_member, cast.client("doctor")
    own = reverse("staff:change_profile", args=[member.id])
    assert own in doctor.get(reverse("staff:profile", args=[member.id])).content.decode()
    assert doctor.get(own).status_code == 200
    assert doctor.post(own, said(member, photo=a_photo())).status_code == 303
    member.refresh_from_db()
    assert (member.qualifications, member.languages) == (["MD, Nairobi 2009", "DTM&H"], ["en", "sw"])
    answer = doctor.get(reverse("staff:photo", args=[member.id]))
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("image/jpeg", True)
    assert answer.content.startswith(b"\xff\xd8")
    assert answer.content not in path_of(member.photo_id).read_bytes()  # sealed
    assert max(Image.open(io.BytesIO(answer.content)).size) == 512
    assert doctor.post(own, said(member, photo_away="1")).status_code == 303
    assert doctor.get(reverse("staff:photo", args=[member.id])).status_code == 404


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nbroken", b"%PDF-1.7"])
def test_what_is_no_photo_is_refused_whatever_it_is_called(cast, content):
    member = cast.user("doctor").staff_member
    sent = said(member, photo=SimpleUploadedFile("me.png", content, content_type="image/png"))
    answer = cast.client("doctor").post(reverse("staff:change_profile", args=[member.id]), sent)
    assert answer.status_code == 422
    assert "not a photo" in answer.content.decode()
    member.refresh_from_db()
    assert member.photo_id is None


def test_nobody_but_himself_and_the_administrator(cast):
    member = cast.user("nurse").staff_member
    values = {"staff_id": member.id, "version": 1, "qualifications": [], "languages": ["sw"]}
    with pytest.raises(NotAllowed):
        services.change_profile(cast.act("doctor"), **values)
    with pytest.raises(NotAllowed):
        services.change_profile(cast.act("receptionist"), **values)
    own = reverse("staff:change_profile", args=[member.id])
    assert cast.client("doctor").get(own).status_code == 403
    assert services.change_profile(cast.act("administrator"), **values).languages == ["sw"]


def test_specialties_and_fees_are_the_administrators_word(cast, monkeypatch):
    for module in ("forms", "views"):
        monkeypatch.setattr(f"salus.staff.{module}.fee_choices", [lambda: [("senior", "Senior consultation")]])
    member = cast.user("doctor").staff_member
    person = member.practitioner
    sent = {"given": person.given, "family": person.family, "staff_number": member.staff_number, "profession": "doctor",
            "specialty": "cardiology", "more_specialties": "internal-medicine, geriatrics", "fee_codes": ["senior"],
            "department_ids": [str(one) for one in member.department_ids], "version": member.version}  # fmt: skip
    admin = cast.client("administrator")
    assert (
        admin.post(reverse("staff:change", args=[member.id]), form_key(**(sent | {"fee_codes": ["x"]}))).status_code
        == 422
    )
    assert admin.post(reverse("staff:change", args=[member.id]), form_key(**sent)).status_code == 303
    member.refresh_from_db()
    assert member.more_specialties == ["internal-medicine", "geriatrics"]
    page = admin.get(reverse("staff:profile", args=[member.id])).content.decode()
    assert "geriatrics" in page
    assert "Senior consultation" in page
