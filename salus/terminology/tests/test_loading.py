"""The formulary in the database is what the files say, and loading it again changes nothing."""

import pytest

from salus.core.act import system_act
from salus.core.errors import NotAllowed
from salus.terminology.loading import load_conditions, load_formulary
from salus.terminology.models import Allergen, Medicine, Presentation

LOADER = system_act(rights={"terminology.load_formulary"}, door="test")


@pytest.mark.django_db
def test_load_formulary() -> None:
    load_formulary(LOADER)
    metformin = Medicine.objects.get(code="metformin")
    assert (metformin.name, metformin.tallman, metformin.atc) == ("metformin", "metFORMIN", "A10BA02")
    assert {"6809", "860975"} <= set(metformin.rxnorm)
    assert {said["statement"] for said in metformin.sources} == {"atc", "rxnorm", "synonym", "tallman"}
    assert all(said["source"] and said["opened"] for said in metformin.sources)
    pack = Presentation.objects.get(rxnorm__contains=["860975"])
    assert (pack.medicine, pack.strength, pack.unit) == (metformin, "500 mg", "tablet")
    assert pack.name == "metformin 500 mg prolonged-release tablet"
    latex = Allergen.objects.get(codings__contains=[{"code": "300916003"}])
    assert latex.category == "environment"


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    load_formulary(LOADER)
    again = load_formulary(LOADER)
    assert (again.added, again.changed, again.retired) == (0, 0, 0)
    assert again.rows > 600


@pytest.mark.django_db
def test_loading_needs_the_right() -> None:
    with pytest.raises(NotAllowed):
        load_formulary(system_act(rights=(), door="test"))
    with pytest.raises(NotAllowed):
        load_conditions(LOADER)
