"""Which built-in role may do what. `salus load-reference` writes these; a hospital clones and edits its own."""

_FIND = ("patients.find", "encounters.view")
_OPEN = (*_FIND, "patients.open", "orders.view")

ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "receptionist": (
        "Receptionist",
        (
            *_FIND,
            "patients.refer_patient",
            "patients.record_consent",
            "patients.register_patient",
            "patients.update_patient",
            "coverage.view",
            "coverage.record_coverage",
            "encounters.start_encounter",
            "chart.record_told_history",
            "staff.view",
        ),
    ),
    "nurse": (
        "Nurse",
        (
            *_OPEN,
            "patients.break_glass",
            "patients.set_labels",
            "patients.record_consent",
            "encounters.move_encounter",
            "chart.record_vitals",
            "chart.record_allergy",
            "chart.record_told_history",
            "lab.collect_specimen",
        ),
    ),
    "doctor": (
        "Doctor",
        (
            *_OPEN,
            "patients.open_sensitive",
            "patients.break_glass",
            "patients.set_labels",
            "patients.record_consent",
            "patients.refer_patient",
            "patients.protect_patient",
            "staff.view",
            "encounters.move_encounter",
            "chart.record_vitals",
            "chart.record_condition",
            "chart.record_allergy",
            "chart.write_note",
            "chart.record_told_history",
            "chart.record_observation",
            "orders.order_medicine",
            "orders.order_test",
            "orders.stop_order",
            "fhir.read",
            "fhir.write",
        ),
    ),
    "laboratory-technician": (
        "Laboratory technician",
        ("patients.find", "lab.view", "lab.collect_specimen", "lab.enter_result"),
    ),
    "pathologist": (
        "Pathologist",
        (
            *_OPEN,
            "patients.break_glass",
            "lab.view",
            "lab.collect_specimen",
            "lab.enter_result",
            "lab.verify_result",
            "chart.record_observation",
        ),
    ),
    "pharmacist": (
        "Pharmacist",
        (
            *_OPEN,
            "patients.break_glass",
            "pharmacy.view",
            "pharmacy.dispense_medication",
            "inventory.view",
            "inventory.issue_stock",
            "inventory.receive_stock",
            "chart.record_allergy",
        ),
    ),
    "cashier": (
        "Cashier",
        (
            *("patients.find", "coverage.view", "billing.view", "billing.issue_invoice", "billing.take_payment"),
            "reports.view_revenue",
        ),
    ),
    "administrator": (
        "Administrator",
        (
            "accounts.manage_users",
            "accounts.grant_roles",
            "accounts.issue_tokens",
            "accounts.manage_devices",
            "accounts.view_failures",
            "places.manage_departments",
            "staff.manage_staff",
            "staff.view",
            "catalog.view",
            "catalog.manage_prices",
            "reports.view_revenue",
            "fhir.import",
            "patients.manage_sensitive_codes",
        ),
    ),
    "privacy-officer": (
        "Privacy officer",
        (
            "patients.find",
            "patients.review_access",
            "patients.protect_patient",
            "patients.manage_sensitive_codes",
            "staff.view",
        ),
    ),
    # A program serves whoever asks through it: it reads the whole facility, what is sensitive too. A hospital that connects
    # one which should see less clones the role and takes rights away; what a patient refuses is refused to programs as well.
    "integration": (
        "Other program",
        (
            *_OPEN,
            "patients.open_all",
            "patients.open_vip",
            "patients.open_sensitive",
            "fhir.read",
            "fhir.write",
            "chart.record_observation",
        ),
    ),
}
