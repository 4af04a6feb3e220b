from django.apps import AppConfig

from salus.core import rights


class PharmacyConfig(AppConfig):
    name = "salus.pharmacy"

    def ready(self) -> None:
        rights.declare(
            {
                "pharmacy.view": "See the pharmacy work",
                "pharmacy.dispense_medication": "Dispense medicines",
                "pharmacy.open_prescription": "Route prescriptions to the pharmacy",
            }
        )
