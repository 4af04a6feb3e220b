from django.apps import AppConfig

from salus.core import rights


class OrdersConfig(AppConfig):
    name = "salus.orders"

    def ready(self) -> None:
        rights.declare(
            {
                "orders.view": "See orders",
                "orders.order_medicine": "Prescribe medicines",
                "orders.order_test": "Order laboratory tests",
                "orders.stop_order": "Stop orders",
                "orders.complete_order": "Mark orders as done",
            }
        )
