"""The arithmetic of bills: pure functions over Decimal."""

from decimal import ROUND_HALF_UP, Decimal

from salus.core.money import exponent


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount as the currency can pay it, half up."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    """What a line costs: rounded by the line, so that a bill's total is the sum of what is printed."""
    return rounded(quantity * unit_price, currency)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Whether an amount is positive and no finer than the currency's smallest coin."""
    return amount > 0 and amount == rounded(amount, currency)


def status_after(total: Decimal, paid: Decimal) -> str:
    """The state of an invoice of which this much is paid."""
    if paid >= total:
        return "paid"
    return "part-paid" if paid > 0 else "issued"


def invoice_number(year: int, number: int) -> str:
    """How an invoice is numbered: the series runs through, the year is for the reader."""
    return f"I{year % 100:02d}-{number:06d}"


def receipt_number(year: int, number: int) -> str:
    """How a receipt is numbered."""
    return f"R{year % 100:02d}-{number:06d}"
