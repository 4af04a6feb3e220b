"""Paper: PDF by typst, Code 128 and QR codes as SVG.

Data reach a typst template as one JSON input, never as typst source: whatever a name contains, it stays text.
"""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
import zint
from django.utils import timezone
from markupsafe import Markup, escape

from salus.ui import formatting, house_signature

ROOT = Path(__file__).resolve().parent.parent
CODE128_PRINTABLE = frozenset(chr(code) for code in range(32, 127))


class CannotPrint(Exception):
    """The template could not be turned into a PDF; the message is typst's own."""


class NotEncodable(ValueError):
    """The text cannot stand in this kind of barcode."""


def pdf(
    template_path: Path, data: dict[str, Any], *, printed_by: str = "", printed_at: datetime | None = None
) -> bytes:
    """Make a PDF from a typst template.

    :param template_path: a ``.typ`` file inside the ``salus`` package; it may import ``/ui/typst/salus.typ``
    :param data: what the template finds as ``data``; Decimals and dates become text, floats are refused
    :param printed_by: who prints, for the foot of each page; ``printed_at`` is when, now by default
    :raises CannotPrint: if typst refuses the template or the data
    """
    at = printed_at or timezone.now()
    whole = {"_by": printed_by, "_at": formatting.instant(at), **data}
    try:
        made = typst.compile(
            str(template_path),
            root=str(ROOT),
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"data": json.dumps(_plain(whole), ensure_ascii=False)},
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise CannotPrint(str(error)) from error
    if not isinstance(made, bytes):
        raise CannotPrint("typst made no single file")
    return made


def document(
    template_path: Path, data: dict[str, Any], *, printed_by: str = "", printed_at: datetime | None = None
) -> bytes:
    """A paper that others shall believe (a letter, a certificate, a bill): a `pdf` with the signature of the house.

    :param data: `organisation.name` is the house
    :raises CannotPrint: as `pdf`
    """
    made = pdf(template_path, data, printed_by=printed_by, printed_at=printed_at)
    return house_signature.signed(made, house=data["organisation"]["name"])


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The machine's fonts and typst's own, looked for once: it takes thirty times as long as a receipt."""
    return typst.Fonts()


def _plain(value: Any) -> Any:
    """Only what JSON can say without loss: Decimals as text, dates as people read them."""
    if isinstance(value, float):
        raise TypeError("a float never carries money, a dose or a result: pass a Decimal or text")
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return formatting.instant(value)
    if isinstance(value, date):
        return formatting.day(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


@lru_cache(maxsize=256)
def code128_svg(text: str, *, height: int = 48, label: bool = True) -> Markup:
    """A Code 128 barcode as SVG, black on white with its quiet zone, the text below it for people.

    :raises NotEncodable: if the text is empty, longer than 60 characters or not plain ASCII
    """
    if not text or len(text) > 60 or not set(text) <= CODE128_PRINTABLE:
        raise NotEncodable(text)
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.CODE128
    symbol.encode(text)
    symbol.buffer_vector()
    vector = symbol.vector
    if vector is None:
        raise NotEncodable(text)
    modules = int(vector.width) // 2
    bars = "".join(
        f"M{int(bar.x) // 2 + 10} 0h{int(bar.width) // 2}v{height}h-{int(bar.width) // 2}z" for bar in vector.rectangles
    )
    tall = height + (14 if label else 0)
    words = Markup(
        '<text x="{}" y="{}" text-anchor="middle" font-size="11" font-family="monospace" fill="#000">{}</text>'
    )
    below = words.format(modules // 2 + 10, height + 12, text) if label else Markup("")
    return Markup(  # noqa: S704 - numbers of our own; the text is escaped
        f'<svg class="barcode" role="img" aria-label="{escape(text)}" viewBox="0 0 {modules + 20} {tall}" '
        f'width="{modules + 20}" height="{tall}"><path fill="#fff" d="M0 0h{modules + 20}v{tall}H0z"/>'
        f'<path fill="#000" shape-rendering="crispEdges" d="{bars}"/>{below}</svg>'
    )


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """A QR code as a picture that mail programs show."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=scale, border=4)
    return drawn.getvalue()


@lru_cache(maxsize=256)
def qr_svg(text: str, *, scale: int = 3, label: str = "") -> Markup:
    """A QR code as SVG, black on white; ``label`` is its text alternative."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(
        scale=scale, dark="#000", light="#fff", border=4, omitsize=False, svgclass="qr", lineclass=None
    )
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(label or text)}" ', 1))  # noqa: S704 - the label is escaped
