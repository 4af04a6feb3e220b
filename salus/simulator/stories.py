"""Why people come: a condition, and what a doctor may order for it. Plausible for a demonstration; no guidance for care."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One reason to come: ICD-10-CM code, what the patient says, medicines and tests by our own codes."""

    icd: str
    complaint: str
    medicines: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    is_long: bool = False
    specialty: str = "general-practice"
    from_age: int = 0
    until_age: int = 120


STORIES: tuple[Story, ...] = (
    Story("I10", "Blood pressure review", ("amlodipine", "enalapril"), ("ue", "lipid"), True, "internal-medicine", 35),
    Story("E11.9", "Diabetes review", ("metformin",), ("hba1c", "ue", "lipid"), True, "internal-medicine", 35),
    Story("J45.909", "Short of breath at night", ("salbutamol",), (), True, "general-practice", 4, 60),
    Story("J06.9", "Cough and runny nose", ("paracetamol",), ("fbc",)),
    Story("J18.9", "Fever and cough", ("amoxicillin", "paracetamol"), ("fbc", "crp"), specialty="internal-medicine"),
    Story("N39.0", "Burning when passing water", ("ciprofloxacin",), ("dipstick",), from_age=16),
    Story("K21.9", "Heartburn", ("omeprazole",), ("fbc",), from_age=18),
    Story("M54.50", "Low back pain", ("ibuprofen", "paracetamol"), (), specialty="orthopaedics", from_age=18),
    Story("E03.9", "Tired all the time", ("levothyroxine",), ("tft", "fbc"), True, "internal-medicine", 25),
    Story("D50.9", "Dizzy and pale", ("ferrous-sulfate",), ("fbc", "iron-studies"), from_age=12),
    Story("I25.10", "Chest pain on exertion", ("aspirin", "atorvastatin"), ("lipid", "ue"), True, "cardiology", 45),
    Story("N18.31", "Kidney review", ("furosemide",), ("ue", "fbc"), True, "internal-medicine", 50),
    Story("L30.9", "Itching rash", ("hydrocortisone-topical", "cetirizine"), (), specialty="dermatology"),
    Story(
        "A09",
        "Vomiting and loose stools",
        ("oral-rehydration-salts",),
        ("elec",),
        specialty="paediatrics",
        until_age=16,
    ),
    Story("H66.90", "Earache", ("amoxicillin", "paracetamol"), (), specialty="paediatrics", until_age=14),
    Story("G43.909", "Headache", ("paracetamol", "propranolol"), (), False, "neurology", 14, 70),
    Story("F41.9", "Worry and poor sleep", ("citalopram",), ("tft",), True, "psychiatry", 16, 75),
    Story("Z00.00", "Health check", (), ("fbc", "bmp", "lipid"), False, "general-practice", 30),
    Story("E78.5", "Cholesterol review", ("atorvastatin",), ("lipid", "lft"), True, "general-practice", 40),
    Story("M17.9", "Painful knee", ("diclofenac",), (), True, "orthopaedics", 50),
)

#: allergens by our own codes, with how often, the reaction and how severe
ALLERGIES: tuple[tuple[str, float, str, str], ...] = (
    ("class-penicillins", 0.06, "Hives", "moderate"),
    ("class-sulfonamides", 0.02, "Rash", "mild"),
    ("class-nsaids", 0.02, "Wheezing", "severe"),
    ("peanut", 0.02, "Anaphylaxis", "severe"),
    ("latex", 0.01, "Contact rash", "mild"),
    ("house-dust-mite", 0.04, "Sneezing", "mild"),
)
