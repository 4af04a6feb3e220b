"""The ui room: components, base templates, formatting, charts, printing."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.ui.sockets import NavItem, nav_items


class UiConfig(AppConfig):
    """Django's handle on the room."""

    name = "salus.ui"
    label = "ui"

    def ready(self) -> None:
        """Home stands first for everyone: on a phone there is no other way back to it."""
        nav_items.append(NavItem(_("Home"), "house", "home", order=0))
