"""The record of access sorted by any column: a page of millions is put together of its ends, and is what sorting all gives."""

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import salus
from salus.audit.doors_in_words import door_in_words
from salus.audit.queries import entries
from salus.audit.queries.entries import SORTS, Asked
from salus.core import access
from salus.core.act import system_act
from salus.core.ids import uuid7
from salus.core.models import AccessEntry

NOBODY = UUID(int=0)


@pytest.mark.guarantee("B25")
@pytest.mark.django_db
def test_a_page_sorted_by_its_ends_is_the_page_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "_END", 30)
    monkeypatch.setattr(entries, "PAGE", 7)
    chance, hospital, patients = random.Random(4), uuid7(), [uuid7() for _ in range(4)]
    for _ in range(150):
        act = system_act(rights=["audit.view_access"], door=chance.choice(["a", "b", "é"]), facility_id=hospital)
        act = replace(act, on_behalf_of=chance.choice([None, *patients[:1]]))
        whom = chance.choice([None, *patients])
        access.write_log(act, {whom: chance.choice(["read"] * 9 + ["print"])}, what=chance.choice(["", "", "x"]))
    for sort in SORTS:
        for backwards in (True, False):
            expected = _sorted(sort, backwards, hospital)
            for page in (1, 2, 6, 22, 23):
                asked = Asked(sort=sort, backwards=backwards, page=page)
                found, more = entries.entries(act, asked)
                assert [one.id for one in found] == expected[7 * (page - 1) : 7 * page], (sort, backwards, page)
                assert more == (len(expected) > 7 * page)


def _sorted(sort: str, backwards: bool, hospital: UUID) -> list[int]:
    names = {"at": "written_at", "who": "by_id", "patient": "patient_id", "behalf": "on_behalf_of"}

    def key(row: Any) -> Any:
        return getattr(row, names.get(sort, sort)) or (
            "" if sort in ("what", "reason", "device", "address") else NOBODY
        )

    rows = AccessEntry.objects.filter(facility_id=hospital)
    return [row.id for row in sorted(rows, key=lambda row: (key(row), row.id), reverse=backwards)]


def test_what_works_by_itself_is_told_in_words() -> None:
    """Who reads the record of access is no programmer: no name of a job or of a command stands there."""
    house = Path(salus.__file__).parent
    sources = (one.read_text() for one in house.rglob("*.py") if "tests" not in one.parts)
    doors = {door for text in sources for door in re.findall(r'door="((?:job|command):[\w.]+)"', text)}
    assert len(doors) >= 8, doors
    assert {door for door in doors if door_in_words(door) == door or ":" in door_in_words(door)} == set()
    assert door_in_words("job:remind") == "Remind patients of what comes", "as older entries name it"
    assert door_in_words("job:nothing-of-ours") == "job:nothing-of-ours"
