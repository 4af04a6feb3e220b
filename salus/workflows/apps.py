from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "salus.workflows"

    def ready(self) -> None:
        from salus.core import consequences  # noqa: PLC0415 - handlers reach models, which are not loaded before
        from salus.workflows.table import WHEN  # noqa: PLC0415

        consequences.install(WHEN)
