"""Who is meant by a PractitionerRole: the practitioner whom it leads to, one of ours or one named in what was received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from salus.fhir.mapping.context import target_of
from salus.fhir.models import Source
from salus.fhir.written import JSON, decode
from salus.staff.models import Practitioner, StaffMember


def roles_in(references: Iterable[Any]) -> set[str]:
    """The ids of the roles that references name."""
    named = (target for one in references if (target := target_of(one)))
    return {identity for kind, identity in named if kind == "PractitionerRole" and _is_id(identity)}


def practitioners_of(roles: Iterable[str], beside: Mapping[tuple[str, str], JSON]) -> dict[str, str]:
    """Role -> practitioner, both ids here, for those that lead to somebody who is here or comes with them.

    :param beside: resources that came with the references, by type and id
    """
    wanted = set(roles)
    if not wanted:
        return {}
    found = {
        str(role): str(who)
        for role, who in StaffMember.objects.filter(id__in=wanted).values_list("id", "practitioner_id")
    }
    told = {one: resource for one in wanted - found.keys() if (resource := beside.get(("PractitionerRole", one)))}
    missing = wanted - found.keys() - told.keys()
    for row in Source.objects.filter(type="PractitionerRole", id__in=missing).only("content") if missing else ():
        told[str(row.id)] = decode(row.content) if row.content else {}
    named = {
        role: target[1]
        for role, one in told.items()
        if (target := target_of(one.get("practitioner"))) and _is_id(target[1])
    }
    here = (
        {str(one) for one in Practitioner.objects.filter(id__in=set(named.values())).values_list("id", flat=True)}
        if named
        else set()
    )
    coming = {identity for kind, identity in beside if kind == "Practitioner"}
    return found | {role: who for role, who in named.items() if who in here | coming}


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
