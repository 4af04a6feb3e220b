"""Codes of others that people choose from lists: types of documents, relatives, what is asked about life."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

LOINC = "http://loinc.org"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

#: LOINC document codes, in the words of their names
DOCUMENT_TYPES: Mapping[str, str] = {
    "57133-1": "Referral note",
    "18842-5": "Discharge summary",
    "11488-4": "Consult note",
    "11506-3": "Progress note",
    "34117-2": "History and physical note",
    "28570-0": "Procedure note",
    "11502-2": "Laboratory report",
    "18748-4": "Diagnostic imaging study",
    "11369-6": "History of immunization",
    "59284-0": "Patient consent",
    "42348-3": "Advance healthcare directives",
    "60591-5": "Patient summary",
    "34133-9": "Summary of episode note",
}

#: HL7 v3 RoleCode, as FHIR's FamilyMemberHistory.relationship takes them
RELATIVES: Mapping[str, Any] = {
    "MTH": _("Mother"),
    "FTH": _("Father"),
    "SIS": _("Sister"),
    "BRO": _("Brother"),
    "DAU": _("Daughter"),
    "SON": _("Son"),
    "MGRMTH": _("Mother's mother"),
    "MGRFTH": _("Mother's father"),
    "PGRMTH": _("Father's mother"),
    "PGRFTH": _("Father's father"),
    "AUNT": _("Aunt"),
    "UNCLE": _("Uncle"),
    "COUSN": _("Cousin"),
    "FAMMEMB": _("Another relative"),
}

SNOMED = "http://snomed.info/sct"
#: LOINC codes of what is asked about life
SMOKING, ALCOHOL, DRINKS, OCCUPATION, PREGNANCY = "72166-2", "11331-6", "74013-4", "11341-5", "82810-3"
SOCIAL: Mapping[str, str] = {
    SMOKING: "Tobacco smoking status",
    ALCOHOL: "History of alcohol use",
    DRINKS: "Alcoholic drinks per day",
    OCCUPATION: "History of occupation",
    PREGNANCY: "Pregnancy status",
}
#: answers: our word -> SNOMED CT code where an opened source gives one, and the words
SMOKES: Mapping[str, tuple[str, Any]] = {
    "never": ("266919005", _("Never smoked")),
    "former": ("8517006", _("Former smoker")),
    "some-days": ("428041000124106", _("Smokes on some days")),
    "every-day": ("449868002", _("Smokes every day")),
}
DRINKS_HOW: Mapping[str, tuple[str, Any]] = {
    "none": ("", _("Drinks no alcohol")),
    "occasional": ("228276006", _("Drinks occasionally")),
    "regular": ("", _("Drinks regularly")),
    "former": ("", _("Drank in the past")),
}
#: as HL7's International Patient Summary has them (hl7.org/fhir/uv/ips, value set pregnancy-status-uv-ips)
PREGNANT: Mapping[str, tuple[str, Any]] = {
    "pregnant": ("77386006", _("Pregnant")),
    "not-pregnant": ("60001007", _("Not pregnant")),
}
