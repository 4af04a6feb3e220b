"""Who a paper is from and about: the letterhead of a facility, and the line that identifies the patient."""

from typing import Any

from salus.patients.models import Patient
from salus.places.models import Facility
from salus.ui import formatting


def letterhead(facility: Facility) -> dict[str, Any]:
    """The house's name, its first address and what it is reached by, as `organisation` of a typst template."""
    house = facility.organization
    lines: list[str] = []
    for address in house.addresses[:1]:
        lines += [*address.get("line", ()), " ".join(filter(None, (address.get("postalCode"), address.get("city"))))]
    lines += [str(one.get("value", "")) for one in house.telecom if one.get("system") in ("phone", "email")]
    return {"name": facility.name, "lines": [line for line in lines if line]}


def identity(patient: Patient) -> dict[str, str]:
    """Name, birth date, sex and number, as `patient` of a typst template."""
    return {
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "born": formatting.partial_date(patient.birth_date) if patient.birth_date else "—",
        "sex": formatting.sex(patient.gender),
        "mrn": formatting.mrn(patient.mrn),
    }
