"""What people wrote about themselves, which is sealed JSON."""

import json

from salus.portal.models import Challenge, ContactChange, Registration


def said_of(row: Registration | ContactChange | Challenge) -> dict[str, str]:
    """What somebody wrote."""
    found: dict[str, str] = json.loads(row.said) if row.said else {}
    return found


def telecom_of(said: dict[str, str]) -> list[dict[str, str]]:
    """What was written as FHIR ContactPoints."""
    pairs = (("phone", said.get("phone", "")), ("email", said.get("email", "")))
    return [{"system": system, "value": value} for system, value in pairs if value]
