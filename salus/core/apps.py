from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "salus.core"

    def ready(self) -> None:
        from salus.core import guards  # noqa: PLC0415 - models are not loaded when this module is

        post_migrate.connect(guards.install, dispatch_uid="core.guards")
