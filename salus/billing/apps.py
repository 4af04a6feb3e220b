from django.apps import AppConfig

from salus.core import rights


class BillingConfig(AppConfig):
    name = "salus.billing"

    def ready(self) -> None:
        rights.declare(
            {
                "billing.view": "See bills",
                "billing.capture_charge": "Put charges on a bill",
                "billing.issue_invoice": "Issue invoices",
                "billing.take_payment": "Take payments and print receipts",
            }
        )
