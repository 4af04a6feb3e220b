"""What a decision says in words: why somebody may open a record, or what stands in the way."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salus.patients.access.decision import Decision

WORDS: dict[str, str | Promise] = {
    "find": _("May find patients by name and number."),
    "identify": _("Keeps who the patient is and how to reach him or her."),
    "named": _("Cares for the patient by name."),
    "place": _("Works in a department that cares for the patient now."),
    "permitted": _("The patient permits it."),
    "recent": _("Cared for the patient until less than 72 hours ago."),
    "all": _("The role opens every record of the facility."),
    "glass": _("Broke the glass: emergency access with a reason, for four hours at most."),
    "self": _("It is the own record, at the patients' own door."),
    "proxy": _("Stands for the patient, who or whose law permits it."),
    "subject": _("Does not stand for this patient."),
    "scope": _("Stands for the patient, but not in matters of the record."),
    "system": _("The system itself; nobody looks on."),
    "facility": _("The patient belongs to another facility."),
    "right": _("The role does not include opening records."),
    "own-record": _("It is the own record: nobody opens that here."),
    "consent-always": _("The patient refuses it, in an emergency too."),
    "consent": _("The patient refuses it."),
    "relation": _("Does not care for the patient, now or in the last 72 hours."),
    "vip": _("The record is protected: only who cares for the patient now opens it."),
    "label": _("The entry is marked as sensitive: only who treats the patient by name reads it."),
    "consent-label": _("The patient refuses to show entries with this mark."),
}

ANSWERS: dict[str, str | Promise] = {
    "allow": _("May open the record"),
    "offer": _("May open the record only in an emergency, with a reason that is reviewed"),
    "deny": _("May not open the record"),
    "redact": _("Sees name, birth date, sex and record number only"),
}


def words_of(decision: Decision) -> list[str]:
    """The reasons of a decision as sentences."""
    return [str(WORDS[code]) for code in decision.reasons]
