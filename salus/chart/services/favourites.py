"""What a person or a department keeps at hand for recording."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import FavouriteChanged
from salus.chart.models import FavouriteCondition
from salus.chart.queries.diagnoses import words_of
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, NotAllowed


@transaction.atomic
def add_favourite(act: Act, *, code_system: str, code: str, department_id: UUID | None = None) -> FavouriteCondition:
    """Keep a problem at hand: for oneself, or for a department in which one works; again is the same.

    :raises NotAllowed: for a department in which the doer does not work
    :raises Invalid: for a code that is not loaded here
    """
    act.require("chart.record_condition")
    if department_id is not None and department_id not in act.places:
        raise NotAllowed("chart.record_condition", _("Only those who work in a department keep its favourites."))
    display = words_of(code_system, code)
    if display is None:
        raise Invalid(condition=_("Choose a problem from the list."))
    whose = {"owner_id": None if department_id else act.by, "department_id": department_id}
    row, is_new = FavouriteCondition.objects.select_for_update(no_key=True).get_or_create(
        **whose,
        code_system=code_system,
        code=code,
        defaults={"display": display, "recorded_by_id": act.by},
    )
    if not is_new and not row.is_active:
        row.is_active, row.display, row.recorded_by_id = True, display, act.by
        row.save(update_fields=["is_active", "display", "recorded_by_id"])
    announce(act, FavouriteChanged(favourite_id=row.id))
    return row


@transaction.atomic
def remove_favourite(act: Act, *, favourite_id: UUID) -> None:
    """Take a favourite off the list: one's own, or that of a department in which one works.

    :raises FavouriteCondition.DoesNotExist: if it is neither
    """
    act.require("chart.record_condition")
    row = FavouriteCondition.objects.select_for_update(no_key=True).get(id=favourite_id, is_active=True)
    if row.owner_id != act.by and row.department_id not in act.places:
        raise FavouriteCondition.DoesNotExist
    row.is_active, row.recorded_by_id = False, act.by
    row.save(update_fields=["is_active", "recorded_by_id"])
    announce(act, FavouriteChanged(favourite_id=row.id))
