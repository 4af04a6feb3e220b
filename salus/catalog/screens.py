"""What the catalogue plugs into pages that are not its own: finding a service by its name."""

from django.urls import reverse
from django.utils.translation import gettext as _

from salus.catalog.queries import services_named
from salus.core.act import Act
from salus.ui.sockets import Found


def find_services(act: Act, text: str) -> list[Found]:
    """Services that a text names, for those who work on the price list."""
    if not act.may("catalog.view") or len(text.strip()) < 3:
        return []
    return [
        Found(
            label=one.name,
            url=reverse("catalog:service", args=[one.id]),
            sub=str(one.get_kind_display()),
            icon="tag",
            group=_("Prices"),
        )
        for one in services_named(act, text)
    ]
