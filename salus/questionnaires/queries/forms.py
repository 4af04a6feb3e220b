"""Forms: those that can be filled in, those that are built, and what is wrong with one."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from salus.catalog.models import VitalSign
from salus.core.act import Act
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.rules.checks import Fault, faults_of
from salus.questionnaires.rules.items import Form, Item

LOINC = "http://loinc.org"


def forms_in_use(act: Act) -> list[Questionnaire]:
    """The forms that can be filled in here, by title, without their questions."""
    return list(Questionnaire.objects.here(act).listed().filter(status=Questionnaire.ACTIVE).order_by("title"))


def all_forms(act: Act) -> list[Questionnaire]:
    """Every version of every form, for whoever builds them: newest version of each first."""
    act.require("questionnaires.manage_forms")
    return list(Questionnaire.objects.here(act).listed().order_by("title", "url", "-number"))


def versions_of(act: Act, row: Questionnaire) -> list[Questionnaire]:
    """The other versions of a form, newest first."""
    same = Questionnaire.objects.listed().filter(facility=row.facility, url=row.url)
    return list(same.exclude(id=row.id).order_by("-number"))


def form_to_fill(act: Act, questionnaire_id: UUID, *, begun: bool = False) -> Questionnaire:
    """A form in use; what was begun or is mended is gone on with in its own version, retired or not.

    :raises Questionnaire.DoesNotExist: if there is none here
    """
    rows = Questionnaire.objects.here(act)
    fitting = (Questionnaire.ACTIVE, Questionnaire.RETIRED) if begun else (Questionnaire.ACTIVE,)
    return rows.get(id=questionnaire_id, status__in=fitting)


def titles_of(act: Act, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What forms are called, retired ones too."""
    wanted = set(ids)
    return dict(Questionnaire.objects.here(act).filter(id__in=wanted).values_list("id", "title")) if wanted else {}


def faults_of_form(form: Form) -> list[Fault]:
    """What keeps a form from being used, with what the catalogue of vital signs says of its units."""
    signs = signs_asked(form)
    return faults_of(form) + [fault for item in form.questions for fault in _of_a_sign(item, signs)]


def signs_asked(form: Form) -> Mapping[str, VitalSign]:
    """The vital signs that a form's questions are, by LOINC code."""
    codes = {one.code.get("code", "") for one in form.questions if is_loinc(one)} - {""}
    return {one.loinc: one for one in VitalSign.objects.filter(loinc__in=codes)} if codes else {}


def is_loinc(item: Item) -> bool:
    """Whether a question is known by a code of LOINC."""
    return item.code.get("system") == LOINC


def sign_of(item: Item, signs: Mapping[str, VitalSign]) -> VitalSign | None:
    """The vital sign that a question is, asked in the unit in which the record keeps it."""
    sign = signs.get(item.code.get("code", "")) if is_loinc(item) else None
    return sign if sign is not None and _same_unit(item, sign) else None


def _same_unit(item: Item, sign: VitalSign) -> bool:
    # a whole number without a unit is what a scale counts ({score})
    return item.unit == sign.unit if item.type == "quantity" else item.type == "integer" and sign.unit.startswith("{")


def _of_a_sign(item: Item, signs: Mapping[str, VitalSign]) -> list[Fault]:
    sign = signs.get(item.code.get("code", "")) if is_loinc(item) else None
    if sign is None or _same_unit(item, sign) or (item.records != "observation" and not item.since):
        return []
    return [Fault(item.link, "other_unit", sign.unit) if item.type == "quantity" else Fault(item.link, "other_code")]
