"""Search parameters as conditions of a query. Every value that no resource can have finds nothing; nonsense is a 400."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, TextField

from salus.core.act import Act
from salus.fhir.mapping import mapping_of
from salus.fhir.mapping.base import Mapping as Kind
from salus.fhir.mapping.params import ID, Param
from salus.fhir.serving.asked import Criterion, printable, unescaped
from salus.fhir.serving.instants import date_filter
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.special import SPECIAL
from salus.fhir.serving.values import (
    NOTHING,
    by_id,
    by_quantity,
    by_said_canonical,
    by_said_token,
    by_string,
    by_token,
    uuid_in,
)

_MODIFIERS: Mapping[str, frozenset[str]] = {
    "token": frozenset({"not", "missing"}),
    "string": frozenset({"exact", "missing"}),
    "date": frozenset({"missing"}),
    "reference": frozenset({"missing"}),
    "quantity": frozenset({"missing"}),
    "uri": frozenset({"missing"}),
}


def param_of(params: Mapping[str, Param], name: str) -> Param:
    """The parameter of that name.

    :raises FhirError: 400 if the type has none
    """
    if name not in params:
        raise FhirError(
            400, f"There is no parameter {printable(name)} here.", code="not-supported", expression=printable(name)
        )
    return params[name]


class Finder:
    """Turns the criteria of one search into a condition."""

    def __init__(self, act: Act, kind: Kind, base_url: str) -> None:
        self.act, self.kind, self.base_url = act, kind, base_url

    def condition(self, criterion: Criterion) -> Q:
        """The rows that one parameter wants.

        :raises FhirError: 400 for an unknown parameter, an unsupported modifier or an impossible value
        """
        param = param_of(self.kind.searchable, criterion.name)
        if criterion.chain:
            return self._chained(param, criterion)
        modifier = criterion.modifier
        if param.kind == "reference" and modifier in param.targets:
            modifier = ""
        if modifier and modifier not in _MODIFIERS[param.kind]:
            words = f"The modifier {printable(criterion.told)} is not supported."
            raise FhirError(400, words, code="not-supported", expression=criterion.name)
        if modifier == "missing":
            return self._missing(param, criterion.values)
        values = [value for value in criterion.values if value.strip()]
        if not values:
            raise FhirError(400, f"{criterion.name} is empty.", expression=criterion.name)
        found = Q()
        for value in values:
            found |= self._one(param, value, modifier)
        return ~found if modifier == "not" else found

    def _one(self, param: Param, value: str, modifier: str) -> Q:
        if param.said:
            return self._said(param, value, modifier)
        if param.special:
            name, _, argument = param.special.partition(":")
            return SPECIAL[name](self.act, argument, value, modifier)
        if param.kind == "date":
            return date_filter(self.kind.model, param, value, self.act.at)
        if param.kind == "reference":
            return self._reference(param, value)
        if param.kind == "quantity":
            return by_quantity(param, value)
        if param.kind == "uri":
            return Q(**{param.column: unescaped(value)})
        if param.kind == "string":
            return by_string(param, unescaped(value), modifier)
        return by_id(value) if param is ID else by_token(param, value)

    def _said(self, param: Param, value: str, modifier: str) -> Q:
        """What a received resource says itself."""
        if param.said == "nowhere":
            return NOTHING
        if param.kind == "date":
            return date_filter(self.kind.model, param, value, self.act.at)
        if param.kind == "token":
            return by_said_token(param, value)
        if param.kind == "reference":
            return self._reference(param, value) if param.array else by_said_canonical(param, value)
        text = unescaped(value)
        return Q(**{param.column: text}) if param.kind == "uri" else by_string(param, text, modifier)

    def _missing(self, param: Param, values: tuple[str, ...]) -> Q:
        if values not in (("true",), ("false",)) or param.special:
            raise FhirError(400, "The modifier :missing takes true or false.", expression=param.name)
        if param.said == "nowhere":
            return Q() if values == ("true",) else NOTHING
        empty = Q(**{f"{param.column or param.text}__isnull": True})
        if param.said and param.column:
            empty |= Q(**{param.column: []}) if param.kind in ("token", "reference") else Q()
        fields = {one.attname: one for one in self.kind.model._meta.concrete_fields}
        field = fields.get(param.column)  # a joined column is none of the model's own
        if isinstance(field, TextField):
            empty |= Q(**{param.column: ""})
        elif param.array:
            empty |= Q(**{param.column: []})
        return empty if values == ("true",) else ~empty

    # ------------------------------------------------------------ references

    def _reference(self, param: Param, value: str) -> Q:
        text = unescaped(value).removeprefix(f"{self.base_url}/")
        kind, _, rest = text.rpartition("/")
        identity = uuid_in(rest)
        if identity is None or (kind and kind not in param.targets):
            return NOTHING
        return Q(
            **{f"{param.column}__contains" if param.array else param.column: [identity] if param.array else identity}
        )

    def _chained(self, param: Param, criterion: Criterion) -> Q:
        """`patient.identifier`, `subject:Patient.name`: one step, to a type that is known."""
        targets = [one for one in param.targets if criterion.modifier in ("", one)]
        if param.said == "nowhere":
            return NOTHING
        if param.kind != "reference" or len(targets) != 1:
            raise FhirError(400, f"{printable(criterion.told)} is not supported.", code="not-supported")
        target = mapping_of(targets[0])
        if target is None:
            raise FhirError(400, f"{printable(criterion.told)} is not supported.", code="not-supported")
        inner = Finder(self.act, target, self.base_url).condition(Criterion(criterion.chain, "", "", criterion.values))
        rows = target.visible(self.act).filter(inner)
        if param.array:
            return Q(**{f"{param.column}__overlap": ArraySubquery(rows.values("id"))})
        return Q(**{f"{param.column}__in": rows.values("id")})
