"""Which rights a scope opens to another program: at most these, and never more than its person has."""

from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import Scope

_READ = frozenset(
    {
        *("fhir.read", "patients.find", "patients.open", "encounters.view", "orders.view", "coverage.view"),
        *("lab.view", "pharmacy.view", "staff.view", "catalog.view", "scheduling.view", "inbox.view"),
    }
)
_WRITE = frozenset(
    {
        *("fhir.write", "patients.register_patient", "patients.update_patient", "coverage.record_coverage"),
        *(
            "scheduling.book",
            "encounters.start_encounter",
            "encounters.move_encounter",
            "orders.order_medicine",
            "orders.order_test",
        ),
        *("orders.stop_order", "chart.record_vitals", "chart.record_observation", "chart.record_condition"),
        *("chart.record_allergy", "chart.write_note", "chart.write_medical_note", "chart.record_told_history"),
        "chart.record_immunization",
        *("questionnaires.fill_form",),
        *("inbox.give_task", "inbox.work", "inbox.write_message"),
        *("chart.record_history", "chart.keep_document"),
    }
)

#: a program that acts for itself cares for nobody: whom it may open, its role says
_ALL = frozenset({"patients.open_all", "patients.open_vip", "patients.open_sensitive"})

SCOPES = {
    "user/*.read": Scope(_("Read the records that you may read"), _READ),
    "user/*.write": Scope(_("Write in records what you may write there"), _WRITE),
    "system/*.read": Scope(_("Read the records of the whole hospital"), _READ | _ALL),
    "system/*.write": Scope(_("Write in the records of the whole hospital"), _WRITE | _ALL),
    "offline_access": Scope(_("Stay connected while you are away, for 30 days"), frozenset()),
}
