"""How notes are written here: the hospital's types, the doer's roles in it, what it decided; one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection

from salus.chart.note_types import NoteType, types_of
from salus.core.act import Act
from salus.core.errors import NotAllowed, NotFound

_ROLES = """
    (SELECT json_agg(r.code) FROM accounts_grant g JOIN accounts_role r ON r.id = g.role_id
     WHERE g.user_id = %s::uuid AND g.facility_id = {facility} AND g.ended_at IS NULL)
"""
_ALL = f"""
    SELECT (SELECT json_agg(t) FROM chart_notetemplate t WHERE t.facility_id = %s::uuid)::text,
           {_ROLES.format(facility="%s::uuid")}::text,
           (SELECT json_build_array(s.dictation, s.letters_are_shown) FROM chart_notesetting s
            WHERE s.facility_id = %s::uuid)::text
"""  # noqa: S608 - constants
#: the same for one type, as columns beside a patient (`standing`); values: the type's code, the user
ONE = f""",
    (SELECT to_json(t) FROM chart_notetemplate t
     WHERE t.facility_id = patients_patient.facility_id AND t.code = %s)::text,
    {_ROLES.format(facility="patients_patient.facility_id")}::text,
    (SELECT s.letters_are_shown FROM chart_notesetting s WHERE s.facility_id = patients_patient.facility_id)
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doer has before him: all types of the hospital by code, and his roles."""

    types: dict[str, NoteType]
    roles: Sequence[str] = ()
    rights: frozenset[str] = field(default_factory=frozenset)
    dictation: bool = True
    letters_are_shown: bool = True

    @property
    def mine(self) -> list[NoteType]:
        """The types that the doer may begin, in their order."""
        return [one for one in self.types.values() if one.is_active and self.writes(one.code)]

    def writes(self, code: str) -> bool:
        """Whether the doer may write notes of this type."""
        one = self.types.get(code)
        return one is not None and one.may_be_written(self.rights, self.roles)

    def type_to_write(self, code: str) -> NoteType:
        """One of them.

        :raises NotFound: if there is none of that code
        :raises NotAllowed: if his role does not write it
        """
        return allowed(self.types.get(code), self.rights, self.roles)


def desk_of(act: Act) -> Desk:
    """How notes are written in the act's facility."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [act.here, act.by, act.here, act.here])
        rows, roles, decided = map(_read, cursor.fetchone())
    dictation, letters = decided or (True, True)
    return Desk(types_of(rows or ()), roles or (), act.rights, dictation, letters)


def type_beside(code: str, act: Act, found: Sequence[Any]) -> tuple[NoteType, Sequence[str], bool]:
    """The type, the doer's roles and whether letters are shown to patients, from the columns that `ONE` read.

    :raises NotFound: if there is none of that code
    :raises NotAllowed: if his role does not write it
    """
    row, roles = map(_read, found[:2])
    known = types_of([row] if row else [])
    return allowed(known.get(code), act.rights, roles or ()), roles or (), found[2] is not False


def allowed(one: NoteType | None, rights: frozenset[str], roles: Sequence[str]) -> NoteType:
    if one is None:
        raise NotFound
    if not one.may_be_written(rights, roles):
        raise NotAllowed("chart.write_note")
    return one


def template_of(act: Act, code: str) -> NoteType:
    """One type to be changed; its version is 0 where the hospital has not changed it.

    :raises NotFound: if there is none of that code
    """
    act.require("chart.manage_templates")
    one = desk_of(act).types.get(code)
    if one is None:
        raise NotFound
    return one


def _read(text: str | None) -> Any:
    return msgspec.json.decode(text) if text else None
