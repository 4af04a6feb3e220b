"""The checks that need no statement of the knowledge: they go by the record, by the pack, or by what stands together.

Each is a rule like any other: it has a code, rates, an owner, and the hospital may say how loudly it speaks.
"""

from salus.safety.definitions import Definition

OURS = "Salus"
_ALLERGY = "The patient's record, matched with the formulary's list of allergens"

#: code, severity, what it says, who says so
_CHECKS = (
    ("allergy.ingredient", "contraindicated", "A recorded allergy names an ingredient of the medicine.", _ALLERGY),
    ("allergy.group", "contraindicated", "A recorded allergy names the group of the medicine.", _ALLERGY),
    ("allergy.code", "contraindicated", "A recorded allergy has a code of the medicine.", _ALLERGY),
    ("allergy.name", "contraindicated", "The words of a recorded allergy name the medicine.", _ALLERGY),
    ("duplicate.ingredient", "major", "The same ingredient is taken twice.", OURS),
    ("duplicate.class", "moderate", "Two medicines of one chemical subgroup (ATC, five characters).", OURS),
    ("magnitude.high", "major", "A dose takes unusually much of its pack: five tablets and more.", OURS),
    ("magnitude.slip", "contraindicated", "A dose takes fifty tablets of its pack, or as much, and more.", OURS),
    ("magnitude.low", "moderate", "A dose takes unusually little of its pack: less than half a tablet.", OURS),
    ("dose.unchecked", "minor", "What is written cannot be compared with the published limits.", OURS),
    ("dose.no-weight", "moderate", "A limit goes by weight, and no weight is known.", OURS),
    ("dose.no-height", "moderate", "A limit goes by body surface, and weight or height are not known.", OURS),
    ("dose.no-kidneys", "moderate", "A limit goes by the kidneys of somebody old or ill, and nobody knows them.", OURS),
    ("dose.no-age", "moderate", "A limit goes by age, and no birth date is known.", OURS),
    ("pregnancy.unknown", "moderate", "Whether she is pregnant is not recorded, and it matters.", OURS),
    ("test.waiting", "moderate", "The same test is ordered and not done.", OURS),
    ("high-alert.countersign", "contraindicated", "A high-alert medicine waits for its second signature.", OURS),
)
CHECKS = tuple(
    Definition(code, "check", (), {}, severity, statement, source) for code, severity, statement, source in _CHECKS
)
