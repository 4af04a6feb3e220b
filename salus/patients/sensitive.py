"""The codes that make an entry sensitive: a list to begin with; what the hospital changes in it stays."""

import csv
from pathlib import Path

from salus.core.act import Act
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed
from salus.patients.models import SensitiveCode

DATA = Path(__file__).parent / "data" / "sensitive_codes.csv"
RIGHT = "patients.manage_sensitive_codes"


def load_sensitive_codes(act: Act) -> Changed:
    """Add the codes of the list that are not there yet; one that the hospital retired or added is not touched."""
    act.require(RIGHT)
    with DATA.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = set(SensitiveCode.objects.values_list("system", "code", "label"))
    fresh = [row for row in rows if (row["system"], row["code"], row["label"]) not in known]
    SensitiveCode.objects.bulk_create([SensitiveCode(**row, recorded_by_id=act.by) for row in fresh])
    return Changed(rows=len(rows), added=len(fresh))


def plug_in_loader() -> None:
    """Tell the core what this room loads."""
    plug_in(
        ReferenceLoader(
            "patients.sensitive_codes", RIGHT, lambda: fingerprint_of(Path(__file__), DATA), load_sensitive_codes
        )
    )
