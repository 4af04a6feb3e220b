"""Who is not at work, as the plans know it."""

from collections.abc import Collection
from uuid import UUID

from salus.core.act import Act
from salus.scheduling.models import Absence


def who_is_away(act: Act, practitioner_ids: Collection[UUID]) -> Collection[UUID]:
    """Those of them whose time is not kept at the act's time: leave, illness, training."""
    rows = Absence.objects.filter(
        schedule__facility_id=act.here,
        schedule__retired_at=None,
        schedule__practitioner_id__in=practitioner_ids,
        period__contains=act.at,
        withdrawn_at=None,
    )
    return set(rows.values_list("schedule__practitioner_id", flat=True))
