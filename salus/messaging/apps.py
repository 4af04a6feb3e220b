from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items, shell


class MessagingConfig(AppConfig):
    name = "salus.messaging"

    def ready(self) -> None:
        from salus.core import indexes  # noqa: PLC0415 - as the last one
        from salus.messaging.models import Subscription  # noqa: PLC0415 - as the last one
        from salus.messaging.subscriptions import endpoint_index  # noqa: PLC0415 - as the last one
        from salus.messaging.views.log import home_panel  # noqa: PLC0415 - it reaches models

        indexes.register(Subscription, "endpoint_key", of="endpoint", make=endpoint_index)
        rights.declare(
            {
                "messaging.send": "Send messages: the system itself, after something has happened",
                "messaging.view": "See which messages were sent, and what became of them",
                "messaging.read": "Read what a message said, and where it went",
                "messaging.manage": "Word templates, set quiet hours, and have failed messages sent again",
                "messaging.set_preferences": "Write down which messages a patient does not want",
            }
        )
        nav_items.append(NavItem(_("Messages"), "mail", "messaging:log", "messaging.view", _("Office"), 20))
        commands.append(
            Command(_("Messages"), "mail", "messaging:log", "messaging.view", "sms e-mail push reminders log")
        )
        manage = "messaging.manage"
        words = _("Words of messages")
        nav_items.append(NavItem(words, "message-square-text", "messaging:templates", manage, _("Office"), 21))
        commands.append(Command(words, "message-square-text", "messaging:templates", manage, "templates quiet hours"))
        commands.append(Command(_("Messages that failed"), "mail-warning", "messaging:parked", manage, "send again"))
        mine = Command(_("Messages to me"), "bell", "messaging:mine", keywords="push notifications")
        commands.append(mine)
        shell.person_links.append(mine)
        home_worklists.append(HomeWorklist(manage, _("Messages that failed"), 12, home_panel))
