"""What the facility decided about this door."""

from django.core.exceptions import ObjectDoesNotExist

from salus.core.act import Act
from salus.places.models import Facility
from salus.portal.models import Setting


def settings_of(act: Act) -> Setting:
    """The facility's own rules, or the defaults; once in an act."""
    act.require_any("portal.use", "portal.confirm_identity", "portal.manage_settings", "portal.release_result")
    known = act.trace.decided.get((act.here, act.here))
    if isinstance(known, Setting):
        return known
    try:
        found = Setting.objects.get(facility_id=act.here)
    except ObjectDoesNotExist:
        found = Setting(facility_id=act.here, version=0)
    act.trace.decided[act.here, act.here] = found
    return found


def facilities() -> list[tuple[str, str]]:
    """The hospitals and clinics that somebody may choose before he has signed in: (id, name)."""
    return [(str(one.id), one.name) for one in Facility.objects.order_by("name").only("id", "name")]
