"""What a file is, by its content alone: its name and what the browser says of it are never asked.

Accepted is what a hospital can show in ten years: PDF, PNG, JPEG, TIFF, plain text, DICOM. Everything else is refused in words
that say what to do; so is what is two things at once, what carries scripts or other files, and what would burst when opened.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from salus.core.errors import Invalid

PDF, PNG, JPEG, TIFF, TEXT, DICOM = (
    *("application/pdf", "image/png", "image/jpeg", "image/tiff", "text/plain", "application/dicom"),
)
SUFFIXES = {PDF: "pdf", PNG: "png", JPEG: "jpg", TIFF: "tif", TEXT: "txt", DICOM: "dcm"}

#: a file, a document, sheets of one file, pixels of one picture, a text
LARGEST, MOST_FILES, MOST_SHEETS, MOST_PIXELS, LONGEST_TEXT = 12_000_000, 60, 300, 60_000_000, 1_000_000
#: a photo is kept as a JPEG of our own making, at most so many pixels a side
SIDE, _QUALITY = 3600, 90

_PNG_SIGN, _TIFF_SIGNS = b"\x89PNG\r\n\x1a\n", (b"II*\x00", b"MM\x00*")
#: what is inside a PDF that does something, or carries something that nobody sees
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA)\b")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
#: bytes before a stream in which its dictionary stands; of all object streams of one file together, unpacked
_LONGEST_DICTIONARY, _MOST_UNPACKED = 2_000, 64_000_000
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|iframe|body)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class BadFile(Invalid):
    """This file cannot be kept."""

    def __init__(self, words: str) -> None:
        super().__init__(words, files=words)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file that may be kept: its type, its bytes (a photo's are made anew), how many sheets it has where we know it."""

    media_type: str
    content: bytes
    sheets: int = 1


def sniff(content: bytes) -> Sniffed:
    """Say what a file is.

    :raises BadFile: if it is none of what we keep, or pretends to be
    """
    if not content:
        raise BadFile(_("This file is empty."))
    if len(content) > LARGEST:
        raise BadFile(_("This file is larger than 12 MB. Scan it with fewer colours or a lower resolution."))
    for is_it, read in _READERS:
        if is_it(content):
            _refuse_two_faces(content)
            return read(content)
    raise BadFile(_refusal(content))


def _refuse_two_faces(content: bytes) -> None:
    """Archives are read from the end, pages of the web from wherever they begin: a picture may be one too."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise BadFile(_("This file is also an archive: it is not what it seems. Print it to PDF and bring that."))
    if not content.startswith(b"%PDF-") and _MARKUP.search(content[:4096]):
        raise BadFile(_("This file is also a web page: it is not what it seems. Print it to PDF and bring that."))


def _is_dicom(content: bytes) -> bool:
    return content[128:132] == b"DICM"


def _dicom(content: bytes) -> Sniffed:
    # PS3.10: the preamble is zero, or makes the file a TIFF as well; anything else there is a program in disguise
    if content[:128].strip(b"\0") and not content.startswith(_TIFF_SIGNS):
        raise BadFile(
            _("The beginning of this DICOM file holds something else. Export it again from where it was made.")
        )
    return Sniffed(DICOM, content)


def _pdf(content: bytes) -> Sniffed:
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(b"\r\n\t \0"):
        raise BadFile(_("This PDF is damaged, or something else is hung on to it. Print it to PDF again."))
    plain = _with_plain_names(content)
    if b"/Encrypt" in plain:
        raise BadFile(_("This PDF is locked. Print it to PDF without a password and bring that."))
    if _ACTIVE.search(plain) or any(_ACTIVE.search(_with_plain_names(one)) for one in _packed_objects(content)):
        raise BadFile(_("This PDF carries scripts or other files. Print it to PDF again: then it carries neither."))
    return Sniffed(PDF, content, sheets=0)


def _with_plain_names(content: bytes) -> bytes:
    """The same with every letter of a name written as itself: `/J#53` is `/JS` (ISO 32000-1, 7.3.5)."""
    return _HEX_IN_NAME.sub(lambda found: bytes([int(found[1], 16)]), content)


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """What is in the object streams: there, too, actions and names can stand (ISO 32000-1, 7.5.7).

    :raises BadFile: for one that is packed as no program does, or for many that burst
    """
    unusual = BadFile(_("This PDF is packed in an unusual way. Print it to PDF again."))
    left = _MOST_UNPACKED
    for found in _STREAM.finditer(content):
        about = content[max(0, found.start() - _LONGEST_DICTIONARY) : found.start()]
        about = _with_plain_names(about[about.rfind(b"obj") + 1 :])
        if b"/ObjStm" not in about or b"/Filter" not in about:
            continue  # what is not packed was searched with everything else
        inflate = zlib.decompressobj()
        try:
            text = inflate.decompress(content[found.end() :], left)
        except zlib.error as error:
            raise unusual from error
        left -= len(text)
        if not inflate.eof or left <= 0 or b"/Predictor" in about:
            raise unusual
        yield text


def _png(content: bytes) -> Sniffed:
    at = len(_PNG_SIGN)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind = content[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            break
    if at != len(content):
        raise BadFile(_("This picture is cut off, or something else is hung on to it. Save it again."))
    _look(content, "PNG")
    return Sniffed(PNG, content)


def _tiff(content: bytes) -> Sniffed:
    return Sniffed(TIFF, content, sheets=_look(content, "TIFF"))


def _jpeg(content: bytes) -> Sniffed:
    """Upright, and without what else the camera wrote: place, owner, a film."""
    _look(content, "JPEG")
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        picture.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((SIDE, SIDE))
        made = io.BytesIO()
        upright.convert("L" if upright.mode in ("1", "L") else "RGB").save(made, "JPEG", quality=_QUALITY)
    return Sniffed(JPEG, made.getvalue())


def _look(content: bytes, name: str) -> int:
    """Read every frame of a picture, and say how many there are; its size is known before anything is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[name]) as picture:
                frames = int(getattr(picture, "n_frames", 1))
                if frames > MOST_SHEETS:
                    raise BadFile(_("This file has more than 300 pages. Divide it."))
                for frame in range(frames):
                    picture.seek(frame)
                    if picture.width * picture.height > MOST_PIXELS:
                        raise BadFile(_("This picture has too many pixels. Scan it with a lower resolution."))
                    picture.load()
                return frames
    except Image.DecompressionBombError as error:
        raise BadFile(_("This picture has too many pixels. Scan it with a lower resolution.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Warning, KeyError) as error:
        raise BadFile(_("This picture is damaged. Save or scan it again.")) from error


def _is_text(content: bytes) -> bool:
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text) and not text.lstrip().startswith(("<", "{\\rtf", "%!PS", "#!", "MIME-Version"))


def _text(content: bytes) -> Sniffed:
    if len(content) > LONGEST_TEXT:
        raise BadFile(_("This text is longer than a million letters."))
    return Sniffed(TEXT, content)


_READERS = (
    (_is_dicom, _dicom),
    (lambda content: content.startswith(b"%PDF-"), _pdf),
    (lambda content: content.startswith(_PNG_SIGN), _png),
    (lambda content: content.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda content: content.startswith(_TIFF_SIGNS), _tiff),
    (_is_text, _text),
)


def _refusal(content: bytes) -> str:
    """What it seems to be, and what to do."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        return _("This is an archive or a document of an office program. Save it as PDF and bring that.")
    if content[4:8] == b"ftyp":
        return _("This is a film, or a photo in a format of one maker. Set the camera to JPEG.")
    if content.startswith((b"GIF8", b"BM", b"RIFF")):
        return _("Pictures are kept as JPEG, PNG or TIFF. Save it as one of these.")
    if content.lstrip().startswith(b"<"):
        return _("This is a web page or XML. Print it to PDF and bring that.")
    if content.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")):
        return _("This is a program. Nothing of it is kept.")
    return _("This is none of the files that are kept: PDF, JPEG, PNG, TIFF, DICOM, plain text.")
