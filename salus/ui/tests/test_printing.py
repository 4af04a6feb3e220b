"""Paper: data stay data, every page is numbered and signed, codes can be read back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from salus.ui.printing import ROOT, CannotPrint, NotEncodable, code128_svg, pdf, qr_svg

TYPST = ROOT / "ui" / "typst"
AT = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
PATIENT = {"name": "RASHID, Nadia (Mrs)", "born": "14-Mar-1964 (62y)", "sex": "Female", "mrn": "241 906"}


def letter(**changes: object) -> dict[str, object]:
    return {
        "title": "Discharge letter",
        "organisation": {"name": "Test hospital", "lines": ["14 Mill Lane"]},
        "patient": PATIENT,
        "facts": [["Admitted", date(2026, 11, 20)]],
        "head": ["Item", "Quantity", "Amount"],
        "rows": [["Consultation", 1, Decimal("45.00")]],
        "paragraphs": ["Words. " * 80] * 14,
        "barcode": str(code128_svg("S26-0001234")),
        **changes,
    }


def test_a_letter_is_a_pdf_of_several_pages():
    made = pdf(TYPST / "specimen_letter.typ", letter(), printed_by="Dr Okoye", printed_at=AT)
    assert made.startswith(b"%PDF-1.")
    assert b"/Count 2" in made or b"/Count 3" in made


@pytest.mark.parametrize(
    "nasty", ['#panic("x")', "$ x $ #import", '"); #read("/etc/passwd")', "\\", "*bold* _it_ = head", "\u202e"]
)
def test_data_are_never_typst(nasty):
    made = pdf(TYPST / "specimen_letter.typ", letter(title=nasty, paragraphs=[nasty], rows=[[nasty, nasty, nasty]]))
    assert made.startswith(b"%PDF")


def test_a_receipt_and_a_label():
    receipt = {"title": "Receipt 7", "head": ["Item", "EUR"], "rows": [["Consultation", "45.00"]]}
    assert pdf(TYPST / "specimen_receipt.typ", receipt).startswith(b"%PDF")
    label = {"patient": PATIENT, "barcode": str(code128_svg("S26-0001234"))}
    assert pdf(TYPST / "specimen_label.typ", label).startswith(b"%PDF")


def test_the_same_data_at_the_same_time_make_the_same_file():
    first, second = (pdf(TYPST / "specimen_letter.typ", letter(), printed_at=AT) for _time in range(2))
    assert first == second


def test_a_float_is_refused():
    with pytest.raises(TypeError):
        pdf(TYPST / "specimen_letter.typ", letter(rows=[["Consultation", 1, 45.0]]))


def test_a_template_that_cannot_be_made_says_so():
    with pytest.raises(CannotPrint):
        pdf(TYPST / "specimen_receipt.typ", {"title": "no lines"})


def test_code128_has_quiet_zones_and_words():
    drawn = code128_svg("S26-0001234")
    tree = ElementTree.fromstring(drawn)
    assert tree.attrib["aria-label"] == "S26-0001234"
    assert "M10 0h" in drawn
    assert "S26-0001234</" in drawn
    assert "S26-0001234</" not in code128_svg("S26-0001234", label=False)


@pytest.mark.parametrize("text", ["", "é", "x" * 61, "a\nb"])
def test_what_a_scanner_could_not_read_is_refused(text):
    with pytest.raises(NotEncodable):
        code128_svg(text)


def test_markup_in_a_code_is_text():
    ElementTree.fromstring(code128_svg("<\"&'>"))
    ElementTree.fromstring(qr_svg("<\"&'>", label="<\"&'>"))


def test_code128_is_the_standards_own_pattern():
    """Decode the drawn bars with the widths of ISO/IEC 15417's start B, check and stop characters."""
    path = ElementTree.fromstring(code128_svg("Salus7", label=False))[1].attrib["d"]
    bars = [
        tuple(map(int, part.split("v")[0].replace("M", "").replace(" 0h", " ").split()))
        for part in path.split("z")
        if part
    ]
    widths = []
    for place, (x, wide) in enumerate(bars):
        widths.append(wide)
        if place + 1 < len(bars):
            widths.append(bars[place + 1][0] - x - wide)
    assert widths[:6] == [2, 1, 1, 2, 1, 4], "start B"
    assert widths[-7:] == [2, 3, 3, 1, 1, 1, 2], "stop"
    assert sum(widths) == 11 * (1 + len("Salus7") + 1) + 13
