"""ICD-11 as a hospital brings it. The few codes below are public and written for this test; the tabulation does not ship.

The columns are those of WHO's own files: `SimpleTabulation-ICD-11-MMS-en.txt` of a release, with a title that is quoted
and indented, a browser link with quotes in it, and lines that end before the last columns.
"""

import io
import zipfile

import pytest
from django.core.management import CommandError, call_command

from salus.terminology.icd11 import SYSTEM, NotIcd11, load_icd11, read_tabulation, release_loaded
from salus.terminology.models import Concept
from salus.terminology.queries import nearest_of_icd10, search_conditions, search_icd11
from salus.terminology.tests.test_snomed import loading  # noqa: F401 - a fixture

HEAD = (
    "\ufeffFoundation URI\tLinearization URI\tCode\tBlockId\tTitle\tClassKind\tDepthInKind\tIsResidual\tChapterNo\t"
    "BrowserLink\tisLeaf\tPrimary tabulation\tGrouping1\tGrouping2\tGrouping3\tGrouping4\tGrouping5\t"
    "Version:2025 Jan 24 - 22:30 UTC\n"
)
MMS = "http://id.who.int/icd/release/11/mms"


def a_line(code, title, chapter="01", kind="category", leaf="True", end="\tTrue\t\t\t\t\t\t"):
    link = '"=hyperlink(""https://icd.who.int/browse/2025-01/mms/en"",""browser"")"'
    return f'http://id.who.int/icd/entity/1\t{MMS}/1\t{code}\t\t"{title}"\t{kind}\t1\tFalse\t{chapter}\t{link}\t{leaf}{end}\n'


TEXT = HEAD + "".join(
    (
        a_line("", "Certain infectious or parasitic diseases", kind="chapter", leaf="False", end=""),
        a_line("1A00", "- - - Cholera"),
        a_line("5A11", "- - - Type 2 diabetes mellitus", "05"),
        a_line("BA00", "- - - Essential hypertension", "11", leaf="False"),
        a_line("CA40", "- - - Pneumonia", "12", leaf="False"),
        a_line("CA40.0", "- - - - Bacterial pneumonia", "12", leaf="False", end=""),
        a_line("CA40.0Z", "- - - - - Bacterial pneumonia, unspecified", "12"),
        a_line("XS5W", "- - - Mild", "X"),
    )
)
TO_ICD10 = (
    "Linearization (release) URI\ticd11Code\ticd11Chapter\ticd11Title\ticd10Code\ticd10Chapter\ticd10Title\n"
    f"{MMS}/1\t5A11\t05\tType 2 diabetes mellitus\tE11\tIV\tNon-insulin-dependent diabetes mellitus\n"
    f"{MMS}/1\tXS5W\tX\tMild\tNo Mapping\t\t\n"
)


def test_a_release_is_loaded_again_and_again(loading, tmp_path):  # noqa: F811
    path = tmp_path / "SimpleTabulation-ICD-11-MMS-en.zip"
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("SimpleTabulation-ICD-11-MMS-en.txt", TEXT)
        whole.writestr("SimpleTabulation-ICD-11-MMS-en.xlsx", b"PK")
    said = io.StringIO()
    call_command("load_icd11", str(path), dry_run=True, stderr=said)
    assert "ICD-11, 2025 Jan 24 - 22:30 UTC: 7 codes, 7 added" in said.getvalue()
    assert (Concept.objects.filter(system=SYSTEM).count(), release_loaded()) == (0, ""), "a dry run"
    assert load_icd11(loading, path).added == 7
    assert load_icd11(loading, path).changed == 0
    assert release_loaded() == "2025 Jan 24 - 22:30 UTC"
    assert [one.code for one in search_icd11("bact pneu")] == ["CA40.0Z", "CA40.0"], "what says it exactly first"
    assert [one.code for one in search_icd11("ca40")] == ["CA40.0Z", "CA40", "CA40.0"]
    assert [one.display for one in search_icd11("1a0")] == ["Cholera"]
    assert search_icd11("mild") == [], "what only qualifies a diagnosis"
    assert Concept.objects.get(system=SYSTEM, code="XS5W").display == "Mild", "is known by its code"
    assert all(one.system != SYSTEM for one in search_conditions("cholera"))
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "SimpleTabulation-ICD-11-MMS-en.txt").write_text(TEXT.replace("2025 Jan 24", "2026 Jan 30"), "utf-8")
    (folder / "11To10MapToOneCategory.txt").write_text(TO_ICD10, "utf-8")
    assert load_icd11(loading, folder).changed == 1
    assert release_loaded() == "2026 Jan 30 - 22:30 UTC"
    asked = [(SYSTEM, "5A11"), (SYSTEM, "XS5W"), ("x", "5A11")]
    assert nearest_of_icd10(asked) == {(SYSTEM, "5A11"): "E11"}
    (folder / "SimpleTabulation-ICD-11-MMS-en.txt").write_text(HEAD + a_line("1A00", "Cholera"), "utf-8")
    assert load_icd11(loading, folder).retired == 6


@pytest.mark.parametrize(
    "text",
    [
        *("", "nonsense", "a\tb\n1\t2\n", HEAD),
        *(HEAD + a_line("E11.9", "Type 2 diabetes"), HEAD + a_line("1A00", " - ")),
        TEXT.replace("/11/mms/", "/11/icf/"),
    ],
)
def test_another_file_is_refused_and_changes_nothing(loading, tmp_path, text):  # noqa: F811
    file = tmp_path / "other.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotIcd11):
        read_tabulation(file)
    with pytest.raises(CommandError):
        call_command("load_icd11", str(file))
    assert not Concept.objects.filter(system=SYSTEM).exists()
