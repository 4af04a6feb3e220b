from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.orders.sockets import OrderAct, order_acts
from salus.patients import sockets as patients
from salus.patients.sockets import ChartTab, PatientAct
from salus.ui.sockets import Command, NavItem, commands, nav_items


class CareConfig(AppConfig):
    name = "salus.care"

    def ready(self) -> None:
        from salus.care.models import Referral  # noqa: PLC0415 - models are not loaded when this module is
        from salus.inbox.sockets import labelled  # noqa: PLC0415

        rights.declare(
            {
                "care.view": "See the lists of referrals",
                "care.refer": "Refer patients, and take note of the answers",
                "care.take_referral": "Accept, decline and answer referrals",
                "care.register_referral": "Write down referrals that come from outside",
                "care.plan_follow_up": "Plan that patients come again",
                "care.book_follow_up": "See who is to come again and has no time yet",
                "care.order_treatment": "Plan treatments in sessions, and stop them",
                "care.give_session": "Write down that a session was given, or was not",
                "care.plan_care": "Make plans of care with goals, and carry them on",
                "care.manage_templates": "Keep the templates of plans and treatments of the house",
                "care.record_procedure": "Write down procedures",
                "care.manage_team": "Say who belongs to the care team of a patient",
                "care.follow_referral": "Let referrals follow orders, appointments and visits",
            }
        )
        labelled["care.referral"] = Referral
        kinds = ("procedure", "nursing")
        order_acts.append(
            OrderAct(_("Treatment in sessions"), "repeat", "care:start_treatment_for", "care.order_treatment", kinds)
        )
        patients.chart_tabs.append(ChartTab("care", _("Care"), "care:of_patient", "patients.open", 70))
        patients.patient_acts.append(
            PatientAct(
                "referred", _("Referred from outside"), "mail-open", "care:register", "care.register_referral", 40
            )
        )
        item = NavItem(_("Referrals"), "send", "care:referrals", "care.view", order=45)
        nav_items.append(item)
        give = NavItem(_("Sessions to give"), "repeat", "care:sessions", "care.give_session", order=47)
        nav_items.append(give)
        commands.append(Command(give.label, give.icon, give.route, give.right, _("treatment dialysis physiotherapy")))
        words = _("care plan treatment goals protocol")
        commands.append(Command(_("Plan templates"), "layers", "care:templates", "care.manage_templates", words))
        due = NavItem(_("Follow-ups due"), "calendar-clock", "care:follow_ups", "care.book_follow_up", order=46)
        nav_items.append(due)
        commands.append(Command(due.label, due.icon, due.route, due.right, _("come again recall reminder")))
        commands.append(Command(item.label, item.icon, item.route, item.right, _("refer consultation answer")))
