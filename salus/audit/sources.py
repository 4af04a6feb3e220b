"""What is sealed: three logs, and for each the exact text of a row whose hash is a leaf.

The text is a JSON array, made by the database, so that sealing, checking and a patient's proof see the same bytes. A row
sealed in one form is always checked in it: who adds a column adds a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One log: the columns of its present form, in order."""

    table: str
    columns: tuple[str, ...]
    form: int = 1

    def text(self, row: str = "row") -> str:
        """SQL for the text of a row."""
        told = ", ".join(f"{row}.{column}" for column in self.columns)
        return f"json_build_array('{self.table}', {self.form}, {told})::text"

    def leaf(self, row: str = "row") -> str:
        """SQL for the hash of a row as RFC 6962 hashes a leaf."""
        return f"sha256('\\x00'::bytea || convert_to({self.text(row)}, 'UTF8'))"


_ACCESS = (
    "id, written_at, xid, act_id, by_id, on_behalf_of, facility_id, patient_id, happened_at, action, door, what, purpose, "
    "reason, device, address, outcome, late"
)
_FACT = "id, written_at, xid, name, patient_id, act_id, by_id, on_behalf_of, facility_id, happened_at, door, data"
_VERSION = 'id, written_at, xid, "table", row_id, version, digest'

SOURCES: Mapping[str, Source] = {
    table: Source(table, tuple(columns.split(", ")))
    for table, columns in (
        ("core_accessentry", _ACCESS),
        ("core_fact", _FACT),
        ("core_rowversion", _VERSION),
    )
}
