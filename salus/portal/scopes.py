"""In which matters somebody may stand for a patient, and which rights for that patient each opens."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: what the patient himself may do and nobody else: ask for changes of who he is, give and withdraw proxies
SELF = "self"

SCOPES: dict[str, str | Promise] = {
    "appointments": _("Appointments: see, book, move and cancel them, check in"),
    "record": _("The record: visits, results and letters that were shown, prescriptions"),
    "questions": _("Questions to the care team: ask, and read the answers"),
    "certificates": _("Certificates: see and print sick notes"),
    "bills": _("Bills: see and pay them"),
}

RIGHTS: dict[str, frozenset[str]] = {
    "appointments": frozenset(
        {
            "scheduling.view",
            "scheduling.book",
            "encounters.start_encounter",
            "waitlist.join",
            "queues.view",
        }
    ),
    "record": frozenset({"patients.open", "encounters.view", "portal.see_record"}),
    "questions": frozenset({"inbox.ask_team"}),
    "certificates": frozenset({"patients.open", "portal.see_certificates"}),
    "bills": frozenset({"billing.view", "payments.pay"}),
    SELF: frozenset({"messaging.set_preferences", "portal.ask_change", "portal.give_proxy", "portal.see_access"}),
}
