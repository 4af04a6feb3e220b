from django.apps import AppConfig

from salus.core import rights


class TerminologyConfig(AppConfig):
    name = "salus.terminology"

    def ready(self) -> None:
        from salus.terminology import loading  # noqa: PLC0415 - models are not loaded when this module is

        rights.declare(
            {
                "terminology.load_conditions": "Load a code system of conditions",
                "terminology.load_formulary": "Load the formulary",
            }
        )
        loading.plug_in_loaders()
