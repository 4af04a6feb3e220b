"""Which built-in role may do what. `salus load-reference` writes these; a hospital clones and edits its own."""

_FIND = ("patients.find", "encounters.view")
_OPEN = (*_FIND, "patients.open", "orders.view")

ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "receptionist": (
        "Receptionist",
        (
            *_FIND,
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
        ("patients.find", "orders.view", "lab.view", "lab.collect_specimen", "lab.enter_result"),
    ),
    "pathologist": (
        "Pathologist",
        (
            *_OPEN,
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
        ),
    ),
    "integration": ("Other program", (*_OPEN, "fhir.read", "fhir.write", "chart.record_observation")),
}
