"""What a history is told with: the conditions, medicines, tests, signs and allergens that the stories name."""

from dataclasses import dataclass
from uuid import UUID

from salus.catalog.models import ReferenceRange, TestDefinition, VitalSign
from salus.simulator.stories import ALLERGIES, STORIES
from salus.terminology.models import Allergen, Concept, Medicine, Presentation

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The reference data that a history is told with."""

    conditions: dict[str, Concept]
    medicines: dict[str, tuple[Medicine, Presentation]]
    tests: dict[str, TestDefinition]
    members: dict[UUID, list[TestDefinition]]
    ranges: dict[UUID, list[ReferenceRange]]
    vitals: dict[str, VitalSign]
    allergens: dict[str, Allergen]


def load_knowledge() -> Knowledge:
    """Read what the stories name; what the hospital has taken out of its lists is left out of the stories."""
    wanted = {code for story in STORIES for code in story.medicines}
    medicines: dict[str, tuple[Medicine, Presentation]] = {}
    for one in Presentation.objects.filter(medicine__code__in=wanted).select_related("medicine").order_by("-code"):
        medicines[one.medicine.code] = (one.medicine, one)
    tests = {test.code: test for test in TestDefinition.objects.select_related("service")}
    members: dict[UUID, list[TestDefinition]] = {}
    for panel in TestDefinition.objects.filter(result_kind="panel").prefetch_related("members__test"):
        members[panel.id] = [m.test for m in sorted(panel.members.all(), key=lambda m: m.place)]
    ranges: dict[UUID, list[ReferenceRange]] = {}
    for found in ReferenceRange.objects.order_by("id"):
        ranges.setdefault(found.test_id, []).append(found)
    codes = [story.icd for story in STORIES]
    return Knowledge(
        conditions={c.code: c for c in Concept.objects.filter(system=ICD, code__in=codes)},
        medicines=medicines,
        tests=tests,
        members=members,
        ranges=ranges,
        vitals={vital.code: vital for vital in VitalSign.objects.all()},
        allergens={a.code: a for a in Allergen.objects.filter(code__in=[code for code, *_rest in ALLERGIES])},
    )
