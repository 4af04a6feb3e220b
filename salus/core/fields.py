"""Types of column that Django lacks: decimals and dates as written, and text that only the application can read."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from salus.core import crypto
from salus.core.dates import PartialDate


class WrittenDecimalField(models.Field):  # type: ignore[type-arg]
    """A decimal that keeps its digits: 1.00 stays 1.00 (PostgreSQL `numeric` without a scale)."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_prep_value(self, value: Any) -> Decimal | None:
        return self.to_python(super().get_prep_value(value))

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise TypeError("a float never becomes a dose, a result or money")
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError("not a decimal number") from error


class PartialDateField(models.Field):  # type: ignore[type-arg]
    """A date or dateTime as written (text); a column of instants beside it is what queries use."""

    def db_type(self, connection: Any) -> str:
        return "text"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> PartialDate | None:
        return None if value is None else PartialDate.parse(value)

    def to_python(self, value: Any) -> PartialDate | None:
        if value is None or isinstance(value, PartialDate):
            return value
        return PartialDate.parse(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes that their room seals and opens itself (`crypto.seal`), bound to table, column and primary key.

    The type says that they are sealed, so that `salus keys rotate` finds them.
    """


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]
    """A blind index of a sealed column of the same row (`crypto.blind_index`), alone or in an array.

    The type says that it is made anew when its key changes: its room registers how (`indexes.register`).
    """


class EncryptedField(models.Field):  # type: ignore[type-arg]
    """Text sealed with AES-256-GCM; table, column and row are bound in, so that it opens only where it was put.

    The attribute reads and writes plain `str`; the column is `bytea`. Rows fetched with `.values()` hold the sealed
    bytes: open them with `crypto.open_sealed(table, column, row_id, sealed)`.
    """

    def db_type(self, connection: Any) -> str:
        return "bytea"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            setattr(cls, self.attname, _Opened(self))

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = model_instance.__dict__.get(self.attname)
        return self.seal(model_instance, value) if isinstance(value, str) else value

    def seal(self, row: models.Model, value: str) -> bytes | None:
        """The sealed bytes of this text in that row; an empty text is NULL."""
        return crypto.seal(row._meta.db_table, str(self.column), row.pk, value) if value else None

    def get_prep_value(self, value: Any) -> bytes | None:
        if isinstance(value, str):
            raise TypeError("an encrypted column can only be written through its row, and found by its blind index")
        return value if value is None else bytes(value)


class _Opened:
    """Opens the sealed bytes when the attribute is read; `__dict__` keeps bytes from the database, or text set here."""

    def __init__(self, field: EncryptedField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        if self.field.attname not in row.__dict__:
            row.refresh_from_db(fields=[self.field.attname])
        value = row.__dict__[self.field.attname]
        if isinstance(value, (bytes, memoryview)):
            return crypto.open_sealed(row._meta.db_table, str(self.field.column), row.pk, bytes(value))
        return value or ""

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.field.attname] = value
