from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


class PlacesConfig(AppConfig):
    name = "salus.places"

    def ready(self) -> None:
        rights.declare(
            {
                "places.manage_departments": "Create, change and retire departments, wards, rooms and beds",
            }
        )
        nav_items.append(
            NavItem(_("Departments"), "building-2", "places:departments", "places.manage_departments", _("Office"), 10)
        )
        commands.append(
            Command(_("New department"), "plus", "places:open_department", "places.manage_departments", "ward clinic")
        )
