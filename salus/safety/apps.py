from django.apps import AppConfig

from salus.core import rights


class SafetyConfig(AppConfig):
    name = "salus.safety"

    def ready(self) -> None:
        from salus.orders import sockets  # noqa: PLC0415 - models are not loaded when this module is
        from salus.safety import checks, loading, services  # noqa: PLC0415

        rights.declare(
            {
                "safety.recheck_orders": "Look again at what was ordered before",
                "safety.load_knowledge": "Load the knowledge of the safety checks",
            }
        )
        loading.plug_in_loader()
        sockets.order_checks.append(checks.check_orders)
        sockets.alert_seen.append(services.note_alert)
