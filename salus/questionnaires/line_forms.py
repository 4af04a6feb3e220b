"""The page of one line of a form: what is typed there, read strictly, becomes the line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.rules import NotANumber, read_number
from salus.questionnaires.forms import TYPES
from salus.questionnaires.rules.items import CHOICES, NUMBERS, UCUM, Form, Item
from salus.questionnaires.rules.value_sets import word_of
from salus.questionnaires.rules.writing import Said
from salus.questionnaires.rules.written import JSON
from salus.ui.dates import NotADate, parse_partial_date

LOINC, SNOMED, ICD = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
#: the types that a question may be given
ASKED = [one for one in TYPES if one[0] not in ("group", "display", "score")]
SYSTEMS = [
    (LOINC, "LOINC"),
    (SNOMED, "SNOMED CT"),
    (ICD, "ICD-10-CM"),
    ("salus:allergen", lazy("Allergen of the list")),
]
RECORDS = [
    ("", lazy("Nowhere: it stays an answer")),
    ("observation", lazy("Among the observations")),
    ("problem", lazy("On the list of problems")),
    ("allergy", lazy("On the list of allergies")),
]
PREFILL = [
    ("", lazy("Nothing")),
    ("latest", lazy("The latest observation of its code")),
    ("age", lazy("The age in years")),
    ("sex", lazy("The sex")),
    ("problems", lazy("The list of problems")),
    ("allergies", lazy("The list of allergies")),
]
OPERATORS = [
    ("=", lazy("is")),
    ("!=", lazy("is not")),
    ("exists", lazy("is answered")),
    (">", lazy("is more than")),
    (">=", lazy("is at least")),
    ("<", lazy("is less than")),
    ("<=", lazy("is at most")),
]
VALUE_SETS = [
    ("", lazy("The list below")),
    (f"{ICD}?fhir_vs", lazy("All of ICD-10-CM")),
    (f"{SNOMED}?fhir_vs", lazy("All of SNOMED CT, where it is loaded")),
    (f"{LOINC}/vs", lazy("All of LOINC, where it is loaded")),
    ("salus:allergens", lazy("The list of allergens")),
    ("salus:medicines", lazy("The list of medicines")),
]
#: so many conditions has the page of a question
CONDITIONS = 3


class ItemForm(forms.Form):
    """One line of a form. Which fields a page shows depends on the type; the others stay as they are empty."""

    kind = forms.ChoiceField(label=lazy("Type"), choices=ASKED, required=False)
    text = forms.CharField(label=lazy("Question"), max_length=2000)
    help = forms.CharField(label=lazy("Help"), max_length=1000, required=False)
    required = forms.BooleanField(label=lazy("Has to be answered"), required=False)
    repeats = forms.BooleanField(label=lazy("Several answers may be chosen"), required=False)
    value_set = forms.ChoiceField(label=lazy("Answers of"), choices=VALUE_SETS, required=False)
    unit = forms.CharField(
        label=lazy("Unit (UCUM)"), max_length=30, required=False, help_text=lazy("kg, cm, mm[Hg], /min, Cel")
    )
    unit_text = forms.CharField(label=lazy("Unit as shown"), max_length=30, required=False)
    decimals = forms.IntegerField(label=lazy("Decimals"), min_value=0, max_value=6, required=False)
    low = forms.CharField(label=lazy("At least"), max_length=20, required=False)
    high = forms.CharField(label=lazy("At most"), max_length=20, required=False)
    options = forms.CharField(
        label=lazy("Answers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea,
        help_text=lazy("One on a line; with points for a score after = (Several days = 1)"),
    )
    code_system = forms.ChoiceField(label=lazy("Code system"), choices=SYSTEMS, required=False)
    code = forms.CharField(label=lazy("Code in the record"), max_length=60, required=False)
    code_display = forms.CharField(label=lazy("What the code means"), max_length=300, required=False)
    prefill = forms.ChoiceField(label=lazy("Answered beforehand with"), choices=PREFILL, required=False)
    since_months = forms.IntegerField(
        label=lazy("Not older than, in months"), min_value=1, max_value=600, required=False
    )
    records = forms.ChoiceField(label=lazy("When signed, it also goes"), choices=RECORDS, required=False)
    any_of = forms.BooleanField(label=lazy("One of these conditions is enough"), required=False)
    bands = forms.CharField(
        label=lazy("What the score means"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea,
        help_text=lazy("One on a line: from which number on = what it means (10 = moderate)"),
    )

    def __init__(self, form: Form, item: Item, data: Any = None) -> None:
        super().__init__(data, initial=_initial(item))
        self.form, self.item = form, item
        self.others = [
            (one.link, one.text or one.link)
            for one in (line.item for line in form.lines)
            if one.link != item.link and (one.is_question or one.is_score)
        ]
        self.conditions = _conditions(item, data)
        if item.type == "group":
            self.fields["repeats"].label = lazy("Can be filled in more than once")
        if item.options_elsewhere and not word_of(item.options_elsewhere):  # of another system: it stays what it is
            offered = [*VALUE_SETS, (item.options_elsewhere, item.options_elsewhere)]
            self.fields["value_set"] = forms.ChoiceField(label=lazy("Answers of"), choices=offered, required=False)
        self.adds = list(data.getlist("adds")) if data is not None else list(item.adds)

    @property
    def chosen_type(self) -> str:
        """The type that the line gets: groups, words and scores stay what they are."""
        chosen: str = self.cleaned_data.get("kind", "")
        return chosen or self.item.type if self.item.is_question else self.item.type

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        said = Said(
            type=self.chosen_type,
            text=values.get("text", ""),
            help=values.get("help", ""),
            required=values.get("required", False),
            repeats=values.get("repeats", False),
            low=self._limit("low"),
            high=self._limit("high"),
            decimals=values.get("decimals"),
            unit=values.get("unit", ""),
            unit_text=values.get("unit_text", ""),
            options=() if values.get("value_set") else self._options(),
            value_set=values.get("value_set", "") if self.chosen_type in CHOICES else "",
            conditions=self._said_conditions(),
            any_of=values.get("any_of", False),
            code=self._code(),
            prefill="" if values.get("prefill") == "latest" else values.get("prefill", ""),
            since_months=(values.get("since_months") or 12) if values.get("prefill") == "latest" else None,
            records=values.get("records", ""),
            adds=self._adds(),
            bands=self._bands(),
        )
        return values | {"said": said}

    def _adds(self) -> tuple[str, ...]:
        known = {link for link, _words in self.others}
        return tuple(dict.fromkeys(one for one in self.adds if one in known)) if self.item.is_calculated else ()

    def _code(self) -> JSON:
        values = self.cleaned_data
        code = values.get("code", "")
        if not code:
            return {}
        named = {"display": values["code_display"]} if values.get("code_display") else {}
        return {"system": values.get("code_system") or LOINC, "code": code} | named

    def _limit(self, name: str) -> str:
        text: str = self.cleaned_data.get(name, "")
        if not text or self.chosen_type not in (*NUMBERS, "date"):
            return ""
        try:
            if self.chosen_type == "date":
                return parse_partial_date(text)
            number = read_number(text, 0 if self.chosen_type == "integer" else None)
        except NotADate as error:
            self.add_error(name, str(error))
        except NotANumber:
            self.add_error(name, _("Write one number, like 72 or 37.2."))
        else:
            return f"{number:f}"
        return ""

    def _options(self) -> tuple[tuple[str, Decimal | None], ...]:
        if self.chosen_type not in CHOICES:
            return ()
        found: dict[str, Decimal | None] = {}
        for line in _lines(self.cleaned_data.get("options", "")):
            label, weight = self._weighed("options", line)
            if label in found:
                self.add_error("options", _("“%(answer)s” stands there twice.") % {"answer": label})
            found[label] = weight
        return tuple(found.items())

    def _weighed(self, name: str, line: str) -> tuple[str, Decimal | None]:
        label, equals, weight = (part.strip() for part in line.rpartition("="))
        if not equals:
            return line, None
        try:
            return label, read_number(weight)
        except NotANumber:
            self.add_error(name, _("Write the points of “%(answer)s” as a number.") % {"answer": label})
            return label, None

    def _bands(self) -> tuple[tuple[Decimal, str], ...]:
        found = []
        for line in _lines(self.cleaned_data.get("bands", "")):
            low, _equals, label = (part.strip() for part in line.partition("="))
            try:
                found.append((read_number(low), label))
            except NotANumber:
                self.add_error("bands", _("Begin each line with the number from which on it holds."))
        return tuple(found)

    def _said_conditions(self) -> tuple[JSON, ...]:
        made = []
        for one in self.conditions:
            if not one["question"]:
                continue
            line = self.form.by_link.get(one["question"])
            if line is None or one["operator"] not in dict(OPERATORS):
                self.add_error(None, _("Choose the question that a condition waits for."))
                continue
            answer = _answer(line.item, one["operator"], one["answer"].strip())
            if answer is None:
                words = _("The condition on “%(question)s” waits for an answer that it does not have.")
                self.add_error(None, words % {"question": line.item.text})
                continue
            made.append({"question": one["question"], "operator": one["operator"]} | answer)
        return tuple(made)


def _answer(item: Item, operator: str, text: str) -> JSON | None:
    """FHIR's `answer[x]` of a condition, from what was typed: an answer's words, yes or no, a number, a date."""
    if operator == "exists":
        return {"answerBoolean": text.casefold() not in ("no", "false", _("No").casefold())}
    if item.type == "boolean":
        known = {
            "yes": True,
            "true": True,
            _("Yes").casefold(): True,
            "no": False,
            "false": False,
            _("No").casefold(): False,
        }
        return {"answerBoolean": known[text.casefold()]} if text.casefold() in known else None
    if item.type in CHOICES:
        option = next((one for one in item.options if text in (one.key, one.label)), None)
        name, value = next(iter(option.value.items())) if option else ("valueString", None)
        return {name.replace("value", "answer", 1): value} if option else None
    return _compared(item, text)


def _compared(item: Item, text: str) -> JSON | None:
    try:
        if item.type in NUMBERS or item.is_score:
            number = read_number(text)
            if item.type == "quantity":
                unit = {"unit": item.unit_text, "system": UCUM, "code": item.unit}
                return {"answerQuantity": {"value": number} | unit}
            return (
                {"answerInteger": int(number)}
                if item.type == "integer" and number == int(number)
                else {"answerDecimal": number}
            )
        if item.type == "date":
            return {"answerDate": parse_partial_date(text)}
    except (NotANumber, NotADate):
        return None
    names = {"dateTime": "answerDateTime", "time": "answerTime"}
    return {names.get(item.type, "answerString"): text} if text else None


def _conditions(item: Item, data: Any) -> list[dict[str, str]]:
    """The conditions as the page shows them: those that stand, and empty ones."""
    if data is not None:
        columns = [data.getlist(f"when_{name}") for name in ("question", "operator", "answer")]
        found = [dict(zip(("question", "operator", "answer"), one, strict=True)) for one in zip(*columns, strict=False)]
    else:
        found = [
            {"question": one.question, "operator": one.operator, "answer": _shown(one.answer)}
            for one in item.conditions
        ]
    return [*found, *({"question": "", "operator": "=", "answer": ""} for _n in range(max(1, CONDITIONS - len(found))))]


def _shown(answer: Any) -> str:
    if isinstance(answer, bool):
        return str(_("Yes") if answer else _("No"))
    if isinstance(answer, Mapping):
        return str(answer.get("display") or answer.get("code") or answer.get("value", ""))
    return str(answer)


def _initial(item: Item) -> dict[str, Any]:
    return {
        "kind": item.type,
        "text": item.text,
        "help": item.help,
        "required": item.required,
        "repeats": item.repeats,
        "unit": item.unit,
        "unit_text": item.unit_text,
        "decimals": item.decimals,
        "low": item.low,
        "high": item.high,
        "value_set": item.options_elsewhere,
        "options": "\n".join(_option(one.label, one.weight) for one in item.options),
        "code_system": item.code.get("system", LOINC),
        "code": item.code.get("code", ""),
        "code_display": item.code.get("display", ""),
        "prefill": item.prefill or ("latest" if item.since else ""),
        "since_months": item.since.strip("PM") if item.since.endswith("M") else None,
        "records": item.records,
        "any_of": item.any_of,
        "bands": "\n".join(f"{one.low} = {one.label}" for one in item.bands),
    }


def _option(label: str, weight: Decimal | None) -> str:
    return label if weight is None else f"{label} = {weight}"


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
