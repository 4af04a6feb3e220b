"""What is kept at hand: one's own favourites, then those of the departments in which one works."""

from salus.chart.models import FavouriteCondition
from salus.core.act import Act


def favourite_conditions(act: Act) -> list[FavouriteCondition]:
    """The favourites that this person is offered, his own first, by their words; one statement."""
    act.require("chart.record_condition")
    rows = FavouriteCondition.objects.filter(is_active=True).select_related("department")
    own, shared = rows.filter(owner_id=act.by), rows.filter(department_id__in=act.places)
    return sorted(own | shared, key=lambda one: (one.owner_id is None, one.display.casefold()))
