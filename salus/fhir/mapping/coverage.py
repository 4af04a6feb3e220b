"""Coverage <-> coverage.Coverage: who pays."""

from __future__ import annotations

from salus.coverage.models import Coverage
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import CLINICAL, code_of, one_code, period_of, reference_to, without_empty
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON

KIND = f"{CLINICAL}v3-ActCode"
RELATIONSHIP = f"{CLINICAL}subscriber-relationship"
_LAST = 32767
CLASS = f"{CLINICAL}coverage-class"


def read(resource: JSON, context: Context) -> Row:
    period = resource.get("period") or {}
    payors = resource["payor"]
    classes = {code_of(one.get("type")): one.get("value", "") for one in resource.get("class", ())}
    return {
        "patient_id": context.patient(resource, "beneficiary"),
        "status": resource["status"],
        "kind": code_of(resource.get("type")),
        "payer_id": next(iter(context.rows(payors, "Organization")), None),
        "payer_name": next((name for one in payors if (name := context.display(one))), ""),
        "plan": classes.get("plan") or classes.get("group", ""),
        "member_number": resource.get("subscriberId", ""),
        "relationship": code_of(resource.get("relationship")),
        "starts": period.get("start"),
        "ends": period.get("end"),
        "place": min(resource.get("order", 1), _LAST),
    }


def write(row: Coverage) -> JSON:
    payer = reference_to("Organization", row.payer_id) or {}
    return without_empty(
        {
            "resourceType": "Coverage",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status,
            "type": one_code(KIND, row.kind) if row.kind else None,
            "subscriberId": row.member_number or None,
            "beneficiary": reference_to("Patient", row.patient_id),
            "relationship": one_code(RELATIONSHIP, row.relationship) if row.relationship else None,
            "period": period_of(row.starts, row.ends),
            "payor": [payer | without_empty({"display": row.payer_name}) or {"display": "unknown"}],
            "class": [{"type": one_code(CLASS, "plan"), "value": row.plan}] if row.plan else [],
            "order": row.place,
        }
    )


MAPPING = Mapping(
    type="Coverage",
    model=Coverage,
    patient="beneficiary",
    read=read,
    write=write,
    seals=True,
    params=(
        params.reference("patient", "patient_id", "Patient"),
        params.reference("beneficiary", "patient_id", "Patient"),
        params.reference("payor", "payer_id", "Organization"),
        params.token("status", "status"),
        params.token("type", "kind"),
    ),
)
