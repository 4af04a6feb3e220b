"""What the inbox adds to a patient's banner, read with the patient's own row."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, TextField, Value
from django.db.models.functions import Concat

from salus.inbox.models import Flag

_LOOKS = {
    "safety": ("warning", "triangle-alert"),
    "contact": ("plum", "biohazard"),
    "behavioral": ("warning", "shield-alert"),
    "clinical": ("info", "stethoscope"),
    "advance-directive": ("plum", "scroll-text"),
    "admin": ("plum", "languages"),
}


def standing_flags() -> ArraySubquery:
    """`category:words` of each flag that stands, of the patient whose row is read."""
    rows = Flag.objects.standing().filter(patient_id=OuterRef("id")).order_by("started_at", "id")
    said = Concat("category", Value(":"), "words", output_field=TextField())
    return ArraySubquery(rows.values_list(said, flat=True))


def look_of(told: str) -> tuple[str, str, str]:
    """The words, tone and icon of one flag as `standing_flags` told it."""
    category, _colon, words = told.partition(":")
    return words, *_LOOKS.get(category, ("warning", "flag"))
