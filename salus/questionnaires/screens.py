"""What the pages of forms show: each line with what was typed, whether it is asked, and what it adds up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from salus.questionnaires.forms import ANSWER, TYPES
from salus.questionnaires.line_forms import OPERATORS, RECORDS, VALUE_SETS
from salus.questionnaires.queries.prefill import Known
from salus.questionnaires.rules.answers import OTHER
from salus.questionnaires.rules.filling import Filled, Score
from salus.questionnaires.rules.items import CHOICES, Condition, Form, Item, Line
from salus.questionnaires.rules.repeating import MOST_TIMES
from salus.questionnaires.rules.value_sets import chosen, word_of

#: more answers than these are offered as a list that opens
_MANY = 8
_WORDS = dict(TYPES)
_OPERATORS = dict(OPERATORS)


@dataclass(frozen=True, slots=True)
class Question:
    """One line as it is drawn."""

    line: Line
    name: str
    typed: Sequence[str]
    own: str
    is_shown: bool
    error: str
    hint: str
    score: Score | None
    options: Sequence[tuple[str, str]] = field(default_factory=tuple)
    #: the list in which an answer is looked for, where it is kept elsewhere
    value_set: str = ""
    #: behind it, the group that it ends can be added once more
    again: Line | None = None
    can_add: bool = False

    @property
    def picked(self) -> str:
        """The words of what was chosen of a list that is kept elsewhere."""
        one = chosen(self.line.item.options_elsewhere, self.first)
        return one.display if one else ""

    @property
    def first(self) -> str:
        """What stands in a field that holds one answer."""
        return self.typed[0] if self.typed else ""

    @property
    def is_list(self) -> bool:
        """Whether its answers are a list that opens."""
        return len(self.options) > _MANY and not self.line.item.repeats


def questions(
    filled: Filled,
    typed: Mapping[str, Sequence[str]],
    *,
    mistakes: Mapping[str, str] | None = None,
    known: Mapping[str, Known] | None = None,
) -> list[Question]:
    """The lines of a form to be filled in; hidden ones too, so that they can appear without a new page."""
    found = []
    ends = _ends_of_groups(filled.form)
    for line in filled.form.lines:
        item = line.item
        said = typed.get(item.link, ())
        beforehand = (known or {}).get(item.link)
        found.append(
            Question(
                line=line,
                name=ANSWER + item.link,
                typed=[one for one in said if not (item.type == "open-choice" and _is_own(item, one))],
                own=next((one.removeprefix(OTHER) for one in said if _is_own(item, one)), ""),
                is_shown=item.link in filled.shown and not item.is_hidden,
                error=(mistakes or {}).get(item.link, ""),
                hint=" ".join(part for part in (item.help, _sentence(beforehand)) if part),
                score=filled.scores.get(item.link),
                options=[(one.key, one.label) for one in item.options],
                value_set=word_of(item.options_elsewhere),
                again=(group := ends.get(item.link)),
                can_add=group is not None and group.item.link in filled.shown,
            )
        )
    return found


def _ends_of_groups(form: Form) -> dict[str, Line]:
    """The last line of the last time of each group that repeats -> the group."""
    found: dict[str, Line] = {}
    for line in form.lines:
        if line.item.type == "group" and line.item.repeats and line.item.is_last_time and line.item.time < MOST_TIMES:
            last = line.item
            while last.items:
                last = last.items[-1]
            found[last.link] = line
    return found


def _sentence(known: Known | None) -> str:
    where = known.where_from if known else ""
    return where[:1].upper() + where[1:] + "." if where else ""


def _is_own(item: Item, said: str) -> bool:
    return said.startswith(OTHER) and item.option(said) is None


def errors_of(form: Form, mistakes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The list above the form: each mistake with the field that it leads to."""
    lines = form.by_link
    return [
        (f"q{lines[link].place}", f"{lines[link].item.text}: {words}") if link in lines else ("", words)
        for link, words in mistakes.items()
    ]


@dataclass(frozen=True, slots=True)
class BuiltLine:
    """One line as the builder lists it."""

    line: Line
    kind: str
    notes: Sequence[str]
    faults: Sequence[str]


def built_lines(form: Form, faults: Mapping[str, Sequence[str]]) -> list[BuiltLine]:
    """The lines of a form in words: type, condition, score, where the answer goes."""
    return [
        BuiltLine(line, _kind(line.item), _notes(form, line.item), faults.get(line.item.link, ()))
        for line in form.lines
    ]


def _kind(item: Item) -> str:
    words = str(_WORDS.get("score" if item.is_calculated else item.type, item.type))
    return f"{words}, {item.unit_text}" if item.unit_text else words


def _notes(form: Form, item: Item) -> list[str]:
    notes = [_("has to be answered")] if item.required else []
    if item.can_be_added:
        notes.append(_("can be filled in more than once"))
    if item.options_elsewhere:
        notes.append(str(dict(VALUE_SETS).get(item.options_elsewhere, item.options_elsewhere)))
    if item.type in CHOICES and item.options:
        notes.append(" / ".join(one.label for one in item.options[:4]) + (" …" if len(item.options) > 4 else ""))
    if item.low or item.high:
        notes.append(_("%(low)s to %(high)s") % {"low": item.low or "–", "high": item.high or "–"})
    if item.adds:
        notes.append(_("adds up %(n)s questions") % {"n": len(item.adds)})
    joined = f" {_('or')} " if item.any_of else f" {_('and')} "
    if item.conditions:
        notes.append(_("if %(what)s") % {"what": joined.join(condition_words(form, one) for one in item.conditions)})
    if item.prefill or item.since:
        notes.append(_("answered beforehand from the record"))
    if item.records:
        notes.append(str(dict(RECORDS).get(item.records, item.records)).lower())
    return notes


def condition_words(form: Form, condition: Condition) -> str:
    """A condition as a sentence: `"Pain now" is more than 0`."""
    line = form.by_link.get(condition.question)
    name = f"“{line.item.text if line else condition.question}”"
    if condition.operator == "exists":
        return (
            _("%(question)s is answered") % {"question": name}
            if condition.answer
            else _("%(question)s is not answered") % {"question": name}
        )
    return f"{name} {_OPERATORS.get(condition.operator, condition.operator)} {_answer(condition.answer)}"


def _answer(answer: Any) -> str:
    if isinstance(answer, bool):
        return _("yes") if answer else _("no")
    if isinstance(answer, Mapping):
        return str(answer.get("display") or answer.get("code") or answer.get("value", ""))
    return str(answer)
