"""The forms that ship with Salus, each with whose it is and where its licence was read (`data/README.md`)."""

from pathlib import Path

from django.db.models import Max

from salus.core.act import Act
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed
from salus.questionnaires import drafting
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.queries.forms import faults_of_form
from salus.questionnaires.rules.items import form_of
from salus.questionnaires.rules.shape import questionnaire_in
from salus.questionnaires.rules.written import JSON

DATA = Path(__file__).parent / "data"


def shipped_forms() -> list[JSON]:
    """The resources, by file name."""
    return [questionnaire_in(path.read_bytes()) for path in sorted(DATA.glob("*.json"))]


def load_forms(act: Act) -> Changed:
    """Put every form that ships into use, in the version that it says; a new version retires the one before.

    :raises ValueError: for a form that could not be filled in
    """
    act.require("questionnaires.load_forms")
    found = shipped_forms()
    new = [one for one in found if _loaded(act, one)]
    return Changed(len(found), len(new), 0, 0)


def _loaded(act: Act, content: JSON) -> bool:
    url, edition = content["url"], content["version"]
    rows = Questionnaire.objects.filter(facility=None, url=url)
    if rows.filter(edition=edition).exists():
        return False
    if faults := faults_of_form(form_of(content)):
        raise ValueError(f"{url}: {faults}")
    for one in rows.filter(status=Questionnaire.ACTIVE):
        one.status, one.retired_at = Questionnaire.RETIRED, act.at
        one.save(update_fields=["status", "retired_at"])
    kept = {
        name: value for name, value in content.items() if name not in ("id", "meta", "status", "url", "version", "text")
    }
    row = Questionnaire(url=url, edition=edition, recorded_by_id=act.by, **drafting.columns(kept))
    row.number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    row.status, row.activated_at = Questionnaire.ACTIVE, act.at
    row.save(force_insert=True)
    return True


def plug_in_loader() -> None:
    """Tell the core what this room loads."""
    fingerprint = lambda: fingerprint_of(Path(__file__), *sorted(DATA.glob("*.json")))  # noqa: E731 - one argument below
    plug_in(ReferenceLoader("forms", "questionnaires.load_forms", fingerprint, load_forms))
