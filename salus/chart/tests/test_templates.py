"""The hospital changes its types of notes without code."""

import pytest
from django.urls import reverse

from salus.chart.models import NoteSetting, NoteTemplate
from salus.chart.services import templates
from salus.chart.tests.builders import a_visit
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from tests.cast import form_key
from tests.statements import at_most

TWO = [{"name": "history", "label": "Story"}, {"label": "Ears", "default": "Dry.", "rows": "2"}]


def change(cast, code="follow-up", version=0, role="administrator", **changes):
    said = {"title": "Ours", "sections": TWO} | changes
    return templates.change_template(cast.act(role), code=code, version=version, **said)


def test_a_type_is_changed_once_for_each_version_seen(cast):
    row = change(cast, writers=["doctor", "no-such"], cosigned=["doctor"])
    assert [(one["name"], one["label"], one["rows"]) for one in row.sections] == [
        ("history", "Story", 3),
        ("s1", "Ears", 2),
    ]
    assert (row.writers, row.cosigned, row.kind) == (["doctor"], ["doctor"], "follow-up")
    with pytest.raises(Stale):
        change(cast)
    again = change(cast, version=1, sections=[{"name": "s1", "label": "Ears"}, {"label": "Nose"}])
    assert [one["name"] for one in NoteTemplate.objects.get(id=again.id).sections] == ["s1", "s2"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"sections": []}, "sections"),
        ({"sections": [{"label": f"S{n}"} for n in range(17)]}, "sections"),
        ({"sections": [{"label": "x" * 81}]}, "sections"),
        ({"sections": [{"label": "A", "name": "cosigner"}]}, "sections"),
        ({"sections": [{"label": "A", "name": "a"}, {"label": "B", "name": "a"}]}, "sections"),
    ],
)
def test_refuses_what_no_note_can_be(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        change(cast, **changes)
    assert list(refused.value.fields) == [field]


def test_needs_the_right_and_a_type_that_is_there(cast):
    for act in (change, lambda cast, **by: templates.add_template(cast.act(**by), kind="nursing", title="Ours")):
        with pytest.raises(NotAllowed):
            act(cast, role="doctor")
    with pytest.raises(NotFound):
        change(cast, code="no-such")


def test_the_pages(cast):
    """An administrator adds a type, orders its sections, says who writes it; the doctor writes by it, and may not dictate."""
    visit, office, doctor = a_visit(cast), cast.client("administrator"), cast.client("doctor")
    cast.user("doctor")
    with at_most(15):
        assert "Ward round" in office.get(reverse("chart:note_types")).content.decode()
    added = office.post(reverse("chart:add_template"), form_key(kind="ward-round", title="ICU round"))
    assert added["Location"].endswith("/note-types/icu-round/change")
    assert office.post(reverse("chart:add_template"), form_key(kind="x", title="")).status_code == 422
    assert office.post(reverse("chart:add_template"), form_key(kind="nursing", title="ICU round")).status_code == 422
    assert "Since the last round" in office.get(added["Location"]).content.decode()
    columns = {
        "section_name": ["plan", ""],
        "section_label": ["Plan", "Lines and drains"],
        "section_place": ["20", "10"],
        "section_prompt": ["", "Each with its day"],
        "section_default": ["", ""],
        "section_rows": ["3", "nonsense"],
    }
    fields = form_key(version=1, title="ICU round", is_active="1", writers=["doctor"], **columns)
    with at_most(15):
        assert office.post(added["Location"], fields).status_code == 303
    assert office.post(added["Location"], form_key(version=1, title="x", **columns)).status_code == 409
    assert office.post(added["Location"], form_key(version=2, title="", **columns)).status_code == 422
    write = reverse("chart:write_typed_note", args=[visit.patient_id, "icu-round"])
    page = doctor.get(write).content.decode()
    assert page.index("Lines and drains") < page.index("Plan</")
    assert ("Each with its day" in page, "data-dictates" in page) == (True, True)
    assert "maker may hear it" in page
    settings = reverse("chart:change_note_settings")
    assert office.post(settings, form_key(version=0, letters_are_shown="1")).status_code == 303
    assert office.post(settings, form_key(version=0, dictation="1")).status_code == 409
    assert NoteSetting.objects.get().dictation is False
    assert "data-dictates" not in doctor.get(write).content.decode()
