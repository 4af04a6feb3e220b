"""The page of guarantees tells the truth about the tests that exist."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_guarantees.py"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_guarantees", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_mark_names_a_guarantee_of_the_list(maker):
    """Protects from a proof that proves nothing because its id has a slip."""
    assert maker.trouble(maker.known(), maker.proofs()) == []


def test_the_page_is_up_to_date(maker):
    assert maker.drawn(maker.known(), maker.proofs()) == maker.PAGE.read_text(), "make guarantees writes it anew"


def test_a_mark_is_found_wherever_it_stands(maker, tmp_path):
    """On a function, on a class, for a whole file, several ids at once; nothing else is a proof."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "import pytest\npytestmark = [pytest.mark.slow, pytest.mark.guarantee('B1')]\n"
        "@pytest.mark.guarantee('H1', 'B2')\ndef test_a_thing(): ...\n"
        "@pytest.mark.guarantee('H1')\nclass TestMore: ...\n"
        "# @pytest.mark.guarantee('H9')\ndef test_no_proof(): 'guarantee(B3)'\n"
    )
    link = "../tests/test_x.py"
    assert maker.proofs(tmp_path) == {
        "B1": [f"[test_x]({link})"],
        "H1": [f"[a thing]({link})", f"[TestMore]({link})"],
        "B2": [f"[a thing]({link})"],
    }


def test_what_is_not_marked_is_not_claimed(maker):
    page = maker.drawn({"B": {"title": "Figures", "B1": "one", "B2": "two", "B3": "x"},
                        "open": {"B2": "half"}, "later": {"B3": "soon"}},
                       {"B1": ["[t](u)"], "B2": ["[t](u)"]})  # fmt: skip
    assert "| B1 | one | proved | [t](u) |" in page
    assert "| B2 | two | in part: half | [t](u) |" in page
    assert "| B3 | x | not yet: soon |  |" in page
