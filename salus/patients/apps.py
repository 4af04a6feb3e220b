from django.apps import AppConfig

from salus.core import rights


class PatientsConfig(AppConfig):
    name = "salus.patients"

    def ready(self) -> None:
        rights.declare(
            {
                "patients.find": "Find patients by name, birth date, phone or number",
                "patients.open": "Open a patient's record",
                "patients.register_patient": "Register patients",
                "patients.relate": "Write down who cares for a patient",
                "patients.update_patient": "Change who a patient is and how to reach him or her",
            }
        )
