"""What a file is: by its content, with real files of others and with files that lie about themselves."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from salus.chart import pdf_pages
from salus.chart.previews import NoPreview, count_sheets, picture_of
from salus.chart.sniffing import DICOM, JPEG, PDF, PNG, TEXT, TIFF, BadFile, sniff
from salus.chart.tests.builders import a_pdf, a_picture

DATA = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))


def a_zip() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        made.writestr("evil.exe", b"MZ")
    return kept.getvalue()


def a_vast_png(side: int = 60_000) -> bytes:
    """A picture of 3.6 thousand million pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def a_packed_pdf(inside: bytes, kind: bytes = b"/ObjStm") -> bytes:
    """A PDF of which some objects stand in an object stream."""
    packed = zlib.compress(inside)
    head = b"9 0 obj << /Type %s /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % (kind, len(packed))
    return a_pdf().replace(b"%%EOF", head + packed + b"\nendstream endobj\n%%EOF")


def many_frames(number: int) -> bytes:
    kept = io.BytesIO()
    page = Image.new("1", (8, 8))
    page.save(kept, "TIFF", save_all=True, append_images=[page] * (number - 1))
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type", "count"),
    [
        (a_pdf(), PDF, 0),
        (a_packed_pdf(b"1 0 << /Type /Page >>"), PDF, 0),
        (a_picture("PNG"), PNG, 1),
        (a_picture("JPEG"), JPEG, 1),
        (many_frames(3), TIFF, 3),
        ("Température 38 °C\r\nsince Monday".encode(), TEXT, 1),
        (b"\0" * 128 + b"DICM" + b"\x02\0\0\0UL\x04\0\0\0\0\0", DICOM, 1),
    ],
)
def test_what_a_hospital_keeps_is_known_by_its_content(content, media_type, count):
    found = sniff(content)
    assert (found.media_type, found.sheets) == (media_type, count)


@pytest.mark.guarantee("I4")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"MZ\x90\0" + b"\0" * 200, "program"),
        (a_zip(), "office program"),
        (b"<html><script>alert(1)</script></html>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "web page"),
        (b"GIF89a" + b"\0" * 30, "JPEG, PNG or TIFF"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 30, "camera"),
        (b"\x01\x02\x03\x04", "none of the files"),
        (b"#!/bin/sh\nrm -rf /\n", "program"),
        # two faces: a picture or a PDF that is an archive, or goes on after its end
        (a_picture("PNG") + a_zip(), "also an archive"),
        (a_picture("JPEG") + a_zip(), "also an archive"),
        (a_pdf() + a_zip(), "also an archive"),
        (a_picture("PNG") + b"MZ\x90\0", "hung on"),
        (a_pdf() + b"MZ\x90\0", "hung on"),
        (b"MZ\x90" + b"\0" * 125 + b"DICM", "something else"),
        (a_picture("PNG")[:60], "cut off"),
        (a_picture("JPEG")[:200], "damaged"),
        (a_pdf()[:400], "damaged"),
        # active, locked
        (a_pdf().replace(b"%%EOF", b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>\n%%EOF"), "scripts"),
        (a_pdf().replace(b"%%EOF", b"/OpenAction << /S /Java#53cript /J#53 (app.alert(1)) >>\n%%EOF"), "scripts"),
        (a_packed_pdf(b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"), "scripts"),
        (a_packed_pdf(b"1 0 << /S /J#61vaScript /#4a#53 (app.alert(1)) >>", b"/Obj#53tm"), "scripts"),
        (a_packed_pdf(b"1 0 " + b"\0" * 80_000_000), "unusual way"),
        (a_packed_pdf(b"1 0 <<>>").replace(b"/Length", b"/DecodeParms << /Predictor 12 >> /Length"), "unusual way"),
        (a_pdf().replace(b"%%EOF", b"<< /Encrypt 4 0 R >>\n%%EOF"), "locked"),
        # bombs
        (a_vast_png(), "too many pixels"),
        (many_frames(301), "more than 300"),
        (b"x" * 1_000_001, "million letters"),
    ],
)
def test_everything_else_is_refused_in_words(content, words):
    """What is two things at once, carries scripts or bursts when opened never comes into the record, and says why."""
    with pytest.raises(BadFile) as refused:
        sniff(content)
    assert words in str(refused.value)


def test_a_photo_is_made_anew_upright_and_without_its_place():
    """A phone writes where the photo was taken, and hangs a film behind it: neither is kept."""
    photo = Image.new("RGB", (40, 20), "red")
    exif = photo.getexif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    kept = io.BytesIO()
    photo.save(kept, "JPEG", exif=exif)
    found = sniff(kept.getvalue() + b"\0\0\0\x18ftypmp42 a film")
    with Image.open(io.BytesIO(found.content)) as made:
        assert made.size == (20, 40)
        assert not made.getexif()
    assert b"ftyp" not in found.content


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")
def test_real_files_of_others_are_what_they_are():
    """132 DICOM files, half of them broken on purpose, and texts of other systems: each is taken or refused, none breaks us."""
    seen: dict[str, int] = {}
    for path in sorted((DATA / "dicom").rglob("*")) + sorted((DATA / "hl7v2").rglob("*"))[:200]:
        if path.is_file():
            try:
                kind = sniff(path.read_bytes()).media_type
            except BadFile:
                kind = "refused"
            seen[kind] = seen.get(kind, 0) + 1
            if path.suffix == ".dcm" and path.read_bytes()[128:132] == b"DICM":
                assert kind == DICOM, path.name
    assert seen[DICOM] >= 100
    assert seen["refused"] > 0


# ---------------------------------------------------------------- pages of a PDF


def test_the_pages_of_a_pdf_are_counted_and_drawn_elsewhere():
    letter = a_pdf("Word. #pagebreak() Next.")
    assert count_sheets(letter) == 2
    with Image.open(io.BytesIO(picture_of(letter, PDF, 2))) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > 300
    with pytest.raises(NoPreview):
        picture_of(letter, PDF, 99)


def test_a_pdf_that_cannot_be_read_is_refused():
    with pytest.raises(BadFile):
        count_sheets(b"%PDF-1.4\nnothing of the kind\n%%EOF")


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 36, 64, 299, 300, 301, 5000])
def test_pages_are_counted_in_few_steps(pages):
    asked = []

    def has(page):
        asked.append(page)
        return page <= pages

    assert pdf_pages.count(has) == min(pages, pdf_pages.MOST + 1)
    assert len(asked) < 20
