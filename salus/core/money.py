"""What every room knows of money: how many decimal places a currency has."""

#: where it is not two (ISO 4217, list one)
_NONE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_EXPONENTS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3)


def exponent(currency: str) -> int:
    """How many decimal places an amount of this currency has (ISO 4217), in the books and on paper."""
    return _EXPONENTS.get(currency, 2)
