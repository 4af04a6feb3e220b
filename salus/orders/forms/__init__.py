"""What is typed on the screens of orders."""

from salus.orders.forms.lines import MedicineLineForm, ServiceLineForm, StopForm, TestLineForm
from salus.orders.forms.others import SetItemForm, StatementEndForm, StatementForm
from salus.orders.forms.performing import AdministerForm, PerformForm

__all__ = [
    "AdministerForm",
    "MedicineLineForm",
    "PerformForm",
    "ServiceLineForm",
    "SetItemForm",
    "StatementEndForm",
    "StatementForm",
    "StopForm",
    "TestLineForm",
]
