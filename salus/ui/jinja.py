"""The Jinja2 environment that Django's backend uses: what every template of every room may call."""

import logging
import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import lucide
from django.conf import settings
from django.http import HttpRequest
from django.template.backends.utils import csrf_input as django_csrf_input
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, FileSystemBytecodeCache, StrictUndefined, Undefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup, escape

from salus.core import live
from salus.core.ids import uuid7
from salus.ui import charts, formatting, printing, shell, sockets
from salus.ui.addresses import url
from salus.ui.errors import error_words
from salus.ui.statuses import look_of
from salus.ui.tallman import tall_man

log = logging.getLogger("salus.ui")

THEMES = ("light", "dark")


def environment(**options: Any) -> Environment:
    """The environment for settings' ``TEMPLATES``.

    An undefined name always raises: a blank where a dose should stand is worse than an error page.
    """
    options.update(
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[*options.get("extensions", ()), "jinja2.ext.i18n", "jinja2.ext.do"],
        cache_size=-1,  # all of them stay compiled
        bytecode_cache=_compiled(),
    )
    env = Environment(**options)  # noqa: S701 - autoescape is set above
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals.update(
        gettext=translated,
        _=translated,
        url=url,
        static=static,
        icon=icon,
        fmt=formatting,
        charts=charts,
        shell=shell.shell,
        sockets=sockets,
        drawn_at=timezone.now,
        live_ticket=live.ticket,
        csp_nonce=csp_nonce,
        csrf_field=csrf_field,
        idem_input=idem_input,
        theme=theme,
        language=language,
        text_direction=text_direction,
        look_of=look_of,
        error_words=error_words,
        route_exists=shell.address,
        barcode_svg=printing.code128_svg,
        qr_svg=printing.qr_svg,
        debug=settings.DEBUG,
    )
    env.filters.update(FILTERS)
    return env


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept from one start to the next so that a process is back at once; found by their content."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk, or a home that only others may write: compiled again the next time
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled:
    folder = settings.SALUS_HOME / "templates"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _Compiled(str(folder))


def translated(message: str, /, **values: object) -> Markup:
    """``_("...")`` in a template: looked up once for each language, since a page asks for hundreds of words."""
    if values:
        return _translated(message, get_language()) % values
    return _plain(message, get_language())


@lru_cache(maxsize=8192)
def _translated(message: str, _language: str | None) -> Markup:
    return Markup(gettext(message))  # noqa: S704 - our own words


@lru_cache(maxsize=8192)
def _plain(message: str, language: str | None) -> Markup:
    return _translated(message, language) % {}  # a doubled percent sign is one


@lru_cache(maxsize=1024)
def icon(name: str, size: int = 18, cls: str = "") -> Markup:
    """A lucide icon inlined by the server, hidden from screen readers: the word beside it speaks.

    Stroke and fill stand in the stylesheet once instead of in every icon. An unknown icon raises in debug and in tests;
    a person at work gets the page without it.
    """
    try:
        drawn = lucide._load_icon(name)
    except lucide.IconDoesNotExist:
        if settings.DEBUG or "pytest" in sys.modules:
            raise
        log.error("no such icon: %s", name)
        return Markup("")
    shapes = "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in drawn)
    return Markup(  # noqa: S704 - the wheel's own drawing
        f'<svg class="{escape(f"icon {cls}".strip())}" width="{size:d}" height="{size:d}" viewBox="0 0 24 24" '
        f'aria-hidden="true">{shapes.replace(" />", "/>")}</svg>'
    )


@pass_context
def csp_nonce(context: Context) -> str:
    """The nonce of this answer, for script and style tags; empty where no middleware made one."""
    request = context.get("request")
    return str(getattr(request, "csp_nonce", "") or "")


def csrf_field(request: HttpRequest) -> Markup:
    """The hidden token of a form, masked once for each answer: a worklist has a hundred forms."""
    known: Markup | None = getattr(request, "_csrf_field", None)
    if known is None:
        known = request._csrf_field = Markup(django_csrf_input(request))  # type: ignore[attr-defined]  # noqa: S704 - Django's own
    return known


def idem_input(request: HttpRequest | None = None) -> Markup:
    """The hidden idempotency key of one form, new at each drawing: a double click sends the same key twice."""
    return Markup(f'<input type="hidden" name="_key" value="{uuid7()}">')  # noqa: S704 - made here


def theme(request: HttpRequest | None) -> str:
    """``light`` or ``dark`` if the person chose one (cookie), else empty: the system decides."""
    chosen = request.COOKIES.get("salus_theme", "") if request is not None else ""
    return chosen if chosen in THEMES else ""


def language() -> str:
    """The language of this answer for ``<html lang>``."""
    return get_language() or "en"


def text_direction() -> str:
    """``ltr`` or ``rtl``."""
    return "rtl" if get_language_bidi() else "ltr"


def ltr(value: object) -> Markup:
    """An identifier, date, range or quantity, kept left to right inside any text."""
    return Markup(f'<bdi dir="ltr">{"" if value is None else escape(value)}</bdi>')  # noqa: S704 - escaped


def css_text(value: object) -> Markup:
    """A text as a CSS string literal, for ``content`` in a page margin: whatever could end it is escaped."""
    shown = "".join(one if one.isalnum() or one in " ,.-" else f"\\{ord(one):06x} " for one in str(value))
    return Markup(f'"{shown}"')  # noqa: S704 - only letters, digits, spaces and hexadecimal escapes remain


def time_tag(value: Any) -> Markup:
    """An instant as ``<time>``, absolute, with the relative in its title."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}"><bdi dir="ltr">{}</bdi></time>').format(
        value.isoformat(), formatting.relative(value), formatting.instant(value)
    )


def attributes(values: dict[str, Any] | None) -> Markup:
    """HTML attributes from a dict: True stands alone, None, False and what is undefined are left out."""
    parts = ""
    for name, value in (values or {}).items():
        if value is None or value is False or isinstance(value, Undefined):
            continue
        parts += f" {escape(name)}" if value is True else f' {escape(name)}="{escape(value)}"'
    return Markup(parts)  # noqa: S704 - escaped piece by piece


def choices(options: Any) -> list[tuple[str, Any]]:
    """The choices of a select as plain texts: Django's labels may be lazy translations, which look like sequences."""
    return [(str(value), choices(label) if isinstance(label, list | tuple) else str(label)) for value, label in options]


def words(value: Any) -> list[str]:
    """An error or several as a list of texts: None, a string, a list, or Django's ErrorList."""
    if not value:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]


FILTERS = {
    "ltr": ltr,
    "css_text": css_text,
    "time_tag": time_tag,
    "attrs": attributes,
    "words": words,
    "choices": choices,
    "tall_man": tall_man,
    "day": formatting.day,
    "short_day": formatting.short_day,
    "clock": formatting.clock,
    "instant": formatting.instant,
    "when": formatting.when,
    "relative": formatting.relative,
    "partial_date": formatting.partial_date,
    "age": formatting.age,
    "mrn": formatting.mrn,
    "money": formatting.money,
    "quantity": formatting.quantity,
    "amount": formatting.amount,
    "units_in_full": formatting.units_in_full,
    "as_written": formatting.as_written,
}
