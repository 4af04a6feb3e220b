"""Orders that somebody has put together and not yet signed: one sealed draft for each author and patient.

The draft lives on the server, so that Back, a reload, a second window and the session lock all show the same one. Whoever
signs takes the signed lines out of it in the same transaction: the same draft is never signed twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from salus.core import crypto
from salus.core.act import Act
from salus.core.errors import Invalid, Stale
from salus.core.ids import uuid7
from salus.core.models import Draft

#: lines of one draft
MOST = 50
_FORM = "orders.compose"
_TABLE, _COLUMN = Draft._meta.db_table, "content"
_KEEP = """
    INSERT INTO core_draft (id, by_id, patient_id, form, content, saved_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (by_id, patient_id, form)
    DO UPDATE SET id = EXCLUDED.id, content = EXCLUDED.content, saved_at = EXCLUDED.saved_at
"""
_TAKE = "DELETE FROM core_draft WHERE by_id = %s AND patient_id = %s AND form = %s RETURNING id, content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One order of a draft, as typed; `key` changes whenever the line does.

    `more` are the later steps of a schedule: dose, times (`words.OFTEN`), days. `replaces` is the id of the order that
    this one stands in for. `performer` is the id of the department that is asked, `reason` the question to it.
    """

    key: str
    kind: str
    subject: UUID
    dose: str = ""
    dose_unit: str = ""
    route: str = ""
    times: str = ""
    duration_days: str = ""
    quantity: str = ""
    as_needed: bool = False
    as_needed_for: str = ""
    priority: str = "routine"
    note: str = ""
    per_kg: str = ""
    weight: str = ""
    most_per_day: str = ""
    pattern: str = ""
    more: tuple[tuple[str, str, str], ...] = ()
    repeats: str = ""
    expires_on: str = ""
    replaces: str = ""
    performer: str = ""
    reason: str = ""

    @property
    def fresh(self) -> "Line":
        """The same with a key of its own."""
        return replace(self, key=uuid7().hex)


def lines_of(act: Act, patient_id: UUID, *, to_change: bool = False) -> list[Line]:
    """The doer's own draft for this patient, in the order of adding; locked where it is going to be changed."""
    rows = _mine(act, patient_id)
    row = (rows.select_for_update() if to_change else rows).first()
    return _opened(row.id, row.content) if row else []


def keep(act: Act, patient_id: UUID, lines: Sequence[Line]) -> None:
    """Save the draft; an empty one is taken away."""
    if not lines:
        _mine(act, patient_id).delete()
        return
    row_id = uuid7()
    content = crypto.seal(_TABLE, _COLUMN, row_id, msgspec.json.encode(list(lines)).decode())
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [row_id, act.by, patient_id, _FORM, content, act.at])


def add(act: Act, patient_id: UUID, new: Sequence[Line]) -> list[Line]:
    """Add lines at the end; one that stands in for an order replaces what was to stand in for it before.

    :raises Invalid: if it were more than can be signed at once
    """
    replaced = {line.replaces for line in new if line.replaces}
    lines = [one for one in lines_of(act, patient_id, to_change=True) if one.replaces not in replaced]
    return _kept(act, patient_id, [*lines, *new])


def put(act: Act, patient_id: UUID, line: Line, *, lines: Sequence[Line], instead_of: str = "") -> list[Line]:
    """Add a line to a draft that was read to be changed, or write an older one anew, which keeps what it stands in for.

    :raises Stale: if the older one is gone or was changed: signed already, or edited in another window
    """
    if instead_of and not any(one.key == instead_of for one in lines):
        raise Stale(_("This line was signed or changed in another window. The draft as it is now is shown below."))
    new = [replace(line, replaces=one.replaces) if one.key == instead_of else one for one in lines]
    if not instead_of:
        new = [*(one for one in lines if not line.replaces or one.replaces != line.replaces), line]
    return _kept(act, patient_id, new)


def _kept(act: Act, patient_id: UUID, lines: list[Line]) -> list[Line]:
    if len(lines) > MOST:
        raise Invalid(_("Sign what you have put together first: at most 50 orders at once."))
    keep(act, patient_id, lines)
    return lines


def remove(act: Act, patient_id: UUID, key: str) -> list[Line]:
    """Take a line out; one that is gone already stays gone. Returns the draft."""
    lines = [line for line in lines_of(act, patient_id, to_change=True) if line.key != key]
    keep(act, patient_id, lines)
    return lines


def take(act: Act, patient_id: UUID, keys: Collection[str]) -> list[Line]:
    """Take these lines out to be signed; the rest stays.

    :raises Stale: if one of them is gone or was changed: signed already, or edited in another window
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [act.by, patient_id, _FORM])
        row = cursor.fetchone()
    lines = _opened(*row) if row else []
    taken = [line for line in lines if line.key in keys]
    if len(taken) != len(set(keys)):
        raise Stale(_("These orders were signed or changed in another window. What is left to sign is shown below."))
    left = [line for line in lines if line.key not in keys]
    if left:
        keep(act, patient_id, left)
    return taken


def _opened(row_id: UUID, content: bytes) -> list[Line]:
    return msgspec.json.decode(crypto.open_sealed(_TABLE, _COLUMN, row_id, bytes(content)), type=list[Line])


def _mine(act: Act, patient_id: UUID) -> Any:
    return Draft.objects.filter(by_id=act.by, patient_id=patient_id, form=_FORM)
