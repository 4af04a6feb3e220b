"""Write `salus/fhir/definitions/r4.json`: the elements of every FHIR R4 type, from the models of `fhir.resources`.

Run it after `fhir.resources` has changed: `python scripts/make_fhir_definitions.py`. The product reads only the JSON:
loading 150 pydantic models takes seconds, and the check of one resource milliseconds. `fhir.resources` holds R4B: types
that R4B added are left out, those of R4 that it lacks or changed are listed in `salus.fhir.definitions`.

Shape: `{type: {element: "kind*!^=code code", ..., "[choice]": "element element"}}`: `*` is a list, `!` required (also on a
choice), `^` part of a resource's summary, after `=` the only codes that are allowed.
"""

import json
import pkgutil
import re
from pathlib import Path
from typing import Any

import fhir.resources.R4B
from fhir.resources.R4B import get_fhir_model_class

TARGET = Path(__file__).resolve().parents[1] / "salus" / "fhir" / "definitions" / "r4.json"

#: codes that R4 has and the short list in `fhir.resources` leaves out with a "+": source hl7.org/fhir/R4/valueset-*.html
COMPLETED = {
    ("Observation", "status"): "registered preliminary final amended corrected cancelled entered-in-error unknown",
    ("DiagnosticReport", "status"): (
        "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
    ),
    ("Encounter", "status"): "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    ("EncounterStatusHistory", "status"): (
        "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
    ),
    ("Quantity", "comparator"): "< <= >= >",
    ("TimingRepeat", "when"): (
        "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C CM CD CV "
        "AC ACM ACD ACV PC PCM PCD PCV"
    ),
    ("Task", "status"): (
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error"
    ),
    ("DetectedIssue", "status"): ("registered preliminary final amended corrected cancelled entered-in-error unknown"),
    ("RiskAssessment", "status"): ("registered preliminary final amended corrected cancelled entered-in-error unknown"),
}

#: the short list names examples, the binding allows any mime type
OPEN = {("CapabilityStatement", "format")}

#: types that R4B (4.3.0) added: a server of R4 does not know them. Source: hl7.org/fhir/R4B/history.html
NOT_R4 = {
    "AdministrableProductDefinition",
    "Citation",
    "ClinicalUseDefinition",
    "DomainResource",
    "EvidenceReport",
    "Ingredient",
    "ManufacturedItemDefinition",
    "MedicinalProductDefinition",
    "NutritionProduct",
    "PackagedProductDefinition",
    "RegulatedAuthorization",
    "SubscriptionStatus",
    "SubscriptionTopic",
    "SubstanceDefinition",
}


def main() -> None:
    wanted = [name for name in _modules() if name]
    types: dict[str, Any] = {}
    resources = []
    while wanted:
        name = wanted.pop()
        if name in types or name in ("Resource", "Element") or name in NOT_R4:
            continue
        try:
            model = get_fhir_model_class(name)
        except ValueError:
            print("no model:", name)
            continue
        types[name], used = _shape(model)
        if "implicitRules" in types[name]:
            resources.append(name)
        wanted.extend(used)
    content = {"resources": sorted(resources), "types": dict(sorted(types.items()))}
    TARGET.write_text(json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n")
    print(len(types), "types", len(resources), "resources", TARGET.stat().st_size, "bytes")


def _modules() -> list[str]:
    names = []
    for module in pkgutil.iter_modules(fhir.resources.R4B.__path__):
        source = (Path(fhir.resources.R4B.__path__[0]) / f"{module.name}.py").read_text() if not module.ispkg else ""
        found = re.search(r'^    __resource_type__ = "(\w+)"', source, re.M)
        names.append(found[1] if found else "")
    return names


def _shape(model: Any) -> tuple[dict[str, str], set[str]]:
    shape: dict[str, str] = {}
    choices: dict[str, list[str]] = {}
    used = set()
    fields = {field.alias or name for name, field in model.model_fields.items()}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra or {}
        if name in ("fhir_comments", "resource_type") or name.endswith("__ext"):
            continue
        element = field.alias or name
        kind, many = _kind(str(field.annotation))
        if kind[0].isupper():
            used.add(kind)
        required = field.is_required() or extra.get("element_required")
        codes = _codes(model.__name__, element, kind, extra)
        in_summary = "implicitRules" in fields and extra.get("summary_element_property")
        marks = f"{'*' if many else ''}{'!' if required else ''}{'^' if in_summary else ''}"
        shape[element] = f"{kind}{marks}{'=' + ' '.join(codes) if codes else ''}"
        if extra.get("one_of_many"):
            choice = f"[{extra['one_of_many']}]{'!' if extra.get('one_of_many_required') else ''}"
            choices.setdefault(choice, []).append(element)
    return shape | {choice: " ".join(elements) for choice, elements in choices.items()}, used


def _kind(annotation: str) -> tuple[str, bool]:
    many = "List[" in annotation
    primitive = re.search(r"Annotated\[.+, (\w+)\(", annotation)
    if "types.Xhtml object" in annotation:
        return "xhtml", many
    if primitive:
        kind = primitive[1][0].lower() + primitive[1][1:]
        return {"uuidVersion": "uuid"}.get(kind, kind), many
    complex_ = re.search(r"abc\.(\w+)Type\b", annotation)
    if complex_:
        return complex_[1], many
    if "bool" in annotation:
        return "boolean", many
    raise ValueError(annotation)


def _codes(type_name: str, element: str, kind: str, extra: dict[str, Any]) -> list[str] | None:
    completed = COMPLETED.get((type_name, element))
    if completed:
        return completed.split()
    codes = extra.get("enum_values") if kind == "code" and (type_name, element) not in OPEN else None
    if not codes:
        return None
    if any(not re.fullmatch(r"\S+", code) or code in ("+", "etc.", "...") for code in codes):
        print("open list of codes:", type_name, element, codes)
        return None
    return list(codes)


if __name__ == "__main__":
    main()
