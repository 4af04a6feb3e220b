"""Pictures of documents to look at: nothing that was brought is ever opened by a browser, but for pictures and text."""

import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from PIL import Image

from salus.chart import pdf_pages
from salus.chart.sniffing import MOST_FILES, MOST_SHEETS, PDF, TIFF, BadFile, Sniffed, sniff

#: seconds that drawing one page may take
_PATIENCE = 15
_WIDEST = 1600


class NoPreview(Exception):
    """This file cannot be drawn; it can be downloaded."""


def count_sheets(content: bytes) -> int:
    """How many pages a PDF has.

    :raises BadFile: if it cannot be read, has too many, or takes too much to be read
    """
    try:
        said = int(_asked(content, "count") or b"0")
    except (NoPreview, ValueError) as error:
        raise BadFile(_("This PDF cannot be read. Print it to PDF again.")) from error
    if said == 0:
        raise BadFile(_("This PDF cannot be read. Print it to PDF again."))
    if said > MOST_SHEETS:
        raise BadFile(_("This file has more than 300 pages. Divide it."))
    return said


def picture_of(content: bytes, media_type: str, sheet: int) -> bytes:
    """One page of a PDF or TIFF as a PNG.

    :raises NoPreview: if it cannot be drawn
    """
    if media_type == PDF:
        made = _asked(content, "draw", str(sheet))
        if not made:
            raise NoPreview
        return made
    if media_type != TIFF:
        raise NoPreview
    try:
        with Image.open(io.BytesIO(content), formats=["TIFF"]) as picture:
            picture.seek(sheet - 1)
            picture.thumbnail((_WIDEST, _WIDEST))
            made_png = io.BytesIO()
            picture.convert("L" if picture.mode in ("1", "L") else "RGB").save(made_png, "PNG")
            return made_png.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPreview from error


def _asked(content: bytes, *arguments: str) -> bytes:
    # alone (-I) and with an empty environment: what a PDF may break into knows no key and no address of ours
    command = [sys.executable, "-I", pdf_pages.__file__, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command, input=content, capture_output=True, timeout=_PATIENCE, check=True, env={}
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NoPreview from error
    return done.stdout


def sniff_all(contents: Sequence[bytes]) -> list[Sniffed]:
    """What the files of one document are, in their order, with the sheets of each.

    :raises BadFile: for the first that cannot be kept, and why
    """
    if not contents:
        raise BadFile(_("Choose at least one file."))
    if len(contents) > MOST_FILES:
        raise BadFile(_("A document has 60 files at most. Begin another one."))
    found = []
    for number, content in enumerate(contents, start=1):
        try:
            one = sniff(content)
            found.append(replace(one, sheets=count_sheets(one.content)) if one.media_type == PDF else one)
        except BadFile as refusal:
            if len(contents) == 1:
                raise
            raise BadFile(_("File %(n)s: %(why)s") % {"n": number, "why": refusal}) from refusal
    return found
