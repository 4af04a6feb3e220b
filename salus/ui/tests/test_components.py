"""Components: what a screen reader, a keyboard and a right-to-left page need of them, and safety against what people type."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from salus.ui import specimen
from salus.ui.banner import AllergyLine, Banner
from salus.ui.jinja import attributes, css_text, icon, idem_input, ltr
from salus.ui.statuses import LOOKS

NASTY = '"><img src=x onerror=alert(1)>\u202egnp'


@pytest.fixture(scope="module")
def ui():
    return engines["jinja2"].env.get_template("ui/components.html").module


@pytest.fixture(scope="module")
def draw():
    env = engines["jinja2"].env

    def drawn(source: str, **context: object) -> str:
        return env.from_string('{% import "ui/components.html" as ui %}' + source).render(**context)

    return drawn


def test_an_identifier_stays_left_to_right_and_escaped():
    assert ltr("241 906") == '<bdi dir="ltr">241 906</bdi>'
    assert ltr("<b>") == '<bdi dir="ltr">&lt;b&gt;</bdi>'
    assert ltr(None) == '<bdi dir="ltr"></bdi>'


def test_attributes_leave_out_what_is_not_said():
    assert attributes({"a": None, "b": False, "c": True, "d": 'x"y', "e": 0}) == ' c d="x&#34;y" e="0"'
    assert attributes(None) == ""


def test_icons_are_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in icon("bell")
    assert 'class="icon"' in icon("bell")
    for look in LOOKS.values():
        if look.icon:
            assert icon(look.icon)


def test_each_form_has_a_key_of_its_own():
    assert idem_input() != idem_input()
    UUID(idem_input().split('value="')[1][:36])


def test_an_error_is_tied_to_its_field(ui):
    drawn = ui.field("family", "Family name", hint="as in the passport", error="Write the family name.", required=True)
    assert 'aria-describedby="id_family_error id_family_hint"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'id="id_family_error"' in drawn
    assert '<label for="id_family">' in drawn
    assert "optional" not in drawn
    assert "aria-invalid" not in ui.field("family", "Family name")


@pytest.mark.guarantee("S4")
def test_what_was_typed_comes_back_escaped(ui):
    for drawn in (
        ui.field("a", "A", NASTY, error=NASTY, hint=NASTY),
        ui.textarea("a", "A", NASTY),
        ui.select("a", NASTY, [(NASTY, NASTY)], NASTY),
        ui.choices("a", NASTY, [(NASTY, NASTY, NASTY)], NASTY),
        ui.combobox("a", "A", "/x", NASTY, NASTY),
        ui.date_field("a", "A", NASTY, partial=True),
        ui.quantity_field("a", "A", NASTY, NASTY),
        ui.patient_cell(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, href=NASTY, extra=NASTY),
        ui.medicine(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY),
        ui.result_row(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY),
        ui.button(NASTY, name=NASTY, value=NASTY, attrs={"data-x": NASTY}),
        ui.alert("stop", NASTY, NASTY),
        ui.empty(NASTY, NASTY),
        ui.timeline_item("2009", NASTY, NASTY, href=NASTY),
    ):
        assert "<img" not in drawn
        assert 'x="">' not in drawn


def test_a_textarea_keeps_a_leading_newline(ui):
    assert ">\n\nfirst" in ui.textarea("a", "A", "\nfirst")


def test_a_form_carries_token_key_version_and_patient(draw):
    request = RequestFactory().get("/")
    drawn = draw(
        '{% call ui.form(request, "/x", version=3, patient_id="p", hidden={"a": "b"}) %}{% endcall %}', request=request
    )
    for name in ("csrfmiddlewaretoken", "_key", "version", "patient_id", "a"):
        assert f'name="{name}"' in drawn
    assert "data-once" in drawn
    assert 'method="post"' in drawn


def test_a_django_form_is_drawn_by_its_widgets(draw):
    class Registration(forms.Form):
        family = forms.CharField(label="Family name", help_text="as in the passport")
        sex = forms.ChoiceField(label="Sex", choices=[("f", "Female"), ("m", "Male")], widget=forms.RadioSelect)
        ward = forms.ChoiceField(label="Ward", choices=[("Medicine", [("4b", "4B")])], required=False)
        story = forms.CharField(label="Story", widget=forms.Textarea, required=False)
        told = forms.BooleanField(label="Told", required=False)
        ways = forms.MultipleChoiceField(
            label="Ways", choices=[("sms", "SMS")], widget=forms.CheckboxSelectMultiple, required=False
        )
        count = forms.IntegerField(label="Count", required=False)
        back = forms.CharField(widget=forms.HiddenInput, required=False)

    form = Registration({"sex": "f", "ward": "4b", "ways": ["sms"], "told": "on", "count": "many", "story": "<b>"})
    drawn = draw("{{ ui.error_summary(form) }}{% for f in form %}{{ ui.bound(f) }}{% endfor %}", form=form)
    assert '<a href="#id_family">Family name: This field is required.</a>' in drawn
    assert 'aria-describedby="id_family_error id_family_hint"' in drawn
    assert '<input type="radio" name="sex" value="f" checked' in drawn
    assert '<option value="4b" selected>4B</option>' in drawn
    assert '<optgroup label="Medicine">' in drawn
    assert '<input type="checkbox" name="ways" value="sms" checked' in drawn
    assert 'value="many"' in drawn
    assert "&lt;b&gt;" in drawn
    assert '<input type="hidden" name="back"' in drawn
    assert drawn.count('aria-invalid="true"') == 2


def test_the_three_states_of_allergies(draw):
    def strip(banner: Banner) -> str:
        return draw('{% include "ui/_allergies.html" %}', banner=banner)

    listed = strip(specimen.nadia())
    assert 'data-allergies="listed"' in listed
    assert "<b>PENICILLINS</b>, anaphylaxis 2014" in listed
    assert "No known allergies" in strip(specimen.none_known())
    assert "confirmed 19-Nov-2026" in strip(specimen.none_known())
    assert "Allergies not recorded" in strip(specimen.not_recorded())
    clerk = Banner(
        patient_id=UUID(int=1),
        family="X",
        allergies=(AllergyLine("latex"),),
        allergy_state="listed",
        show_allergies=False,
    )
    assert "latex" not in strip(clerk)


def test_the_banner_names_the_patient_in_the_standard_order(draw):
    drawn = draw('{% include "ui/_patient_banner.html" %}', banner=specimen.nadia())
    for words in ("RASHID,", "Nadia (Mrs)", "14-Mar-1964 (62y)", "Female", "241\u00a0906", "4B, bed A1"):
        assert words in drawn
    assert "1964 (≈" in draw('{% include "ui/_patient_banner.html" %}', banner=specimen.none_known())


def test_a_medicine_line_follows_rule_five(ui):
    drawn = ui.medicine("Metformin", dose="500\u00a0mg", route="oral", schedule="twice a day")
    assert (
        '<span class="generic">metFORMIN</span> — dose <b><bdi dir="ltr">500\u00a0mg</bdi></b> — oral — twice a day'
        in drawn
    )


def test_a_corrected_result_shows_the_old_one_struck(ui):
    drawn = ui.value("5.6", "H", corrected_from="6.50")
    assert '<del class="small"><bdi dir="ltr">6.50</bdi></del>' in drawn
    assert '<small title="high">H</small>' in drawn
    assert "value-warning" in drawn
    assert "value-critical" in ui.value("9", "HH")
    assert "<small" not in ui.value("4")


def test_counts_mark_only_the_current_one(ui):
    items = [{"label": "All", "count": 2, "href": "?", "current": True}, {"label": "Late", "count": 1, "href": "?late"}]
    assert ui.counts(items, "By state").count("aria-current") == 1


def test_a_page_margin_cannot_be_broken_out_of():
    assert css_text('a"b') == '"a\\000022 b"'
    assert css_text("Ó Néill, 14-Mar") == '"Ó Néill, 14-Mar"'
    assert set('<>{};"\n') & set(css_text('</style>"; } * { x: y\n')[1:-1]) == set()


def test_signing_names_whom_one_signs_for(ui):
    drawn = ui.signing(specimen.nadia())
    assert "<b>RASHID, Nadia (Mrs)</b>" in drawn
    assert "14-Mar-1964" in drawn
    assert "241\u00a0906" in drawn


def test_flash_takes_messages_of_both_kinds(ui):
    drawn = ui.flash([("success", "Saved."), SimpleNamespace(level_tag="error", message="Not saved.")])
    assert "tone-ok" in drawn
    assert "tone-critical" in drawn
    assert ui.flash(None) == ui.flash([])
