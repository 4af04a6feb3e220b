"""What is typed on the screens of orders."""

from salus.orders.forms.lines import MedicineLineForm, ServiceLineForm, StopForm, TestLineForm
from salus.orders.forms.others import SetItemForm, StatementEndForm, StatementForm

__all__ = [
    "MedicineLineForm",
    "ServiceLineForm",
    "SetItemForm",
    "StatementEndForm",
    "StatementForm",
    "StopForm",
    "TestLineForm",
]
