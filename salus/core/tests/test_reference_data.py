from pathlib import Path

import pytest

from salus.core.reference_data import ReferenceDataError, Row, read, refuse_repeats, refuse_unknown


def _file(folder: Path, text: str) -> Path:
    path = folder / "things.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _thing(row: Row) -> tuple[str, object]:
    return row.needed("code"), row.decimal("size")


def test_rows_come_as_parsed(tmp_path: Path) -> None:
    rows = read(_file(tmp_path, "code,size\na,1.50\nb,\n"), ("code", "size"), _thing)
    assert [(code, str(size)) for code, size in rows] == [("a", "1.50"), ("b", "None")]


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        read(_file(tmp_path, "code,size\n,1\nb,NaN\nc\n"), ("code", "size"), _thing)
    assert str(caught.value).splitlines() == [
        "things.csv:2: code: is empty",
        "things.csv:3: size: 'NaN' is not a number",
        "things.csv:4: row: has 1 cells",
    ]


def test_a_wrong_header_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="things.csv:1: header: is size,code, not code,size"):
        read(_file(tmp_path, "size,code\n1,a\n"), ("code", "size"), _thing)


def test_a_repeated_key_and_an_unknown_word_are_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, "code\n")
    with pytest.raises(ReferenceDataError, match="a stands twice"):
        refuse_repeats(path, [("a",), ("b",), ("a",)])
    with pytest.raises(ReferenceDataError, match="'c' is defined nowhere"):
        refuse_unknown(path, "code", ["a", "c"], ["a", "b"])
