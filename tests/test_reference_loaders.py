"""Reference data are brought up to date: twice changes nothing, a person's change stays."""

import pytest
from django.core.management import CommandError, call_command

from salus.core import reference_loaders
from salus.core.act import Act
from salus.core.ids import SYSTEM, uuid7
from salus.core.models import ReferenceLoad
from salus.core.reference_loaders import ReferenceLoader, load_all, loader_names
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.inventory.models import Item

ITEMS = Table(Item, key=("code",), columns=("name", "unit", "presentation_id", "is_active"), retire=True)


def _row(code: str, name: str) -> dict[str, object]:
    return {"code": code, "name": name, "unit": "piece", "presentation_id": None, "is_active": True}


@pytest.mark.django_db
def test_new_rows_are_added_and_others_changed() -> None:
    Item.objects.filter(recorded_by_id=SYSTEM).update(recorded_by_id=uuid7())
    assert bring_up_to_date(ITEMS, [_row("a-1", "A"), _row("b-1", "B")], by=SYSTEM) == Changed(2, 2, 0, 0)
    assert bring_up_to_date(ITEMS, [_row("a-1", "A"), _row("b-1", "Bee")], by=SYSTEM) == Changed(2, 0, 1, 0)
    assert Item.objects.get(code="a-1").version == 1
    assert (Item.objects.get(code="b-1").version, Item.objects.get(code="b-1").name) == (2, "Bee")


@pytest.mark.django_db
def test_what_is_gone_is_retired_and_comes_back() -> None:
    Item.objects.filter(recorded_by_id=SYSTEM).update(recorded_by_id=uuid7())
    bring_up_to_date(ITEMS, [_row("a-1", "A"), _row("b-1", "B")], by=SYSTEM)
    assert bring_up_to_date(ITEMS, [_row("a-1", "A")], by=SYSTEM).retired == 1
    assert not Item.objects.get(code="b-1").is_active
    assert bring_up_to_date(ITEMS, [_row("a-1", "A"), _row("b-1", "B")], by=SYSTEM).changed == 1
    assert Item.objects.get(code="b-1").is_active


@pytest.mark.django_db
def test_what_a_person_changed_stays() -> None:
    bring_up_to_date(ITEMS, [_row("a-1", "A")], by=SYSTEM)
    Item.objects.filter(code="a-1").update(name="Ours", recorded_by_id=uuid7())
    assert bring_up_to_date(ITEMS, [_row("a-1", "A")], by=SYSTEM).changed == 0
    assert Item.objects.get(code="a-1").name == "Ours"


@pytest.fixture
def one_loader(monkeypatch: pytest.MonkeyPatch) -> list[Act]:
    acts: list[Act] = []

    def load(act: Act) -> Changed:
        acts.append(act)
        return Changed(3, 3, 0, 0)

    monkeypatch.setattr(reference_loaders, "_LOADERS", {})
    reference_loaders.plug_in(ReferenceLoader("test.things", "test.load", lambda: "as of today", load))
    return acts


@pytest.mark.django_db
def test_a_loader_runs_once_for_one_fingerprint(one_loader: list[Act]) -> None:
    assert [loaded.changed for loaded in load_all()] == [Changed(3, 3, 0, 0)]
    assert [loaded.changed for loaded in load_all()] == [None]
    assert [loaded.changed for loaded in load_all(again=True)] == [Changed(3, 3, 0, 0)]
    assert [act.rights for act in one_loader] == [frozenset({"test.load"})] * 2
    assert ReferenceLoad.objects.get(name="test.things").rows == 3


@pytest.mark.django_db
def test_the_command_says_what_it_did(one_loader: list[Act], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_reference", "--only", "test.things")
    assert capsys.readouterr().err.startswith("test.things: 3 rows, 3 added, 0 changed, 0 retired")
    with pytest.raises(CommandError, match="there is nothing called other; there is test.things"):
        call_command("load_reference", "--only", "other")


def test_rooms_load_from_the_ground_up() -> None:
    names = loader_names()
    assert names.index("terminology.formulary") < names.index("catalog") < names.index("inventory")
