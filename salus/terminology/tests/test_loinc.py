"""LOINC as a hospital brings it. The few codes below are those that FHIR's own examples name; the table does not ship."""

import io
import zipfile

import pytest
from django.core.management import CommandError, call_command

from salus.terminology.loinc import SYSTEM, NotLoinc, load_loinc, read_table
from salus.terminology.models import Concept
from salus.terminology.queries import search_loinc, search_snomed
from salus.terminology.tests.test_snomed import loading  # noqa: F401 - a fixture

HEAD = (
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","STATUS","CONSUMER_NAME",'
    '"RELATEDNAMES2","SHORTNAME","LONG_COMMON_NAME","COMMON_TEST_RANK"\n'
)
POTASSIUM = (
    '"2823-3","Potassium","SCnc","Pt","Ser/Plas","Qn","","CHEM","ACTIVE","Potassium, Blood","K; Kalium","Potassium SerPl",'
    '"Potassium [Moles/volume] in Serum or Plasma","5"\n'
)
URINE = '"2828-2","Potassium","SCnc","Pt","Urine","Qn","","CHEM","ACTIVE","","","","Potassium [Moles/volume] in Urine","0"\n'
OLD = (
    '"1009-0","Direct antiglobulin","","","","","","BLDBK","DEPRECATED","","","","Deprecated Direct antiglobulin","0"\n'
)


def test_a_release_is_loaded_again_and_again(loading, tmp_path):  # noqa: F811
    path = tmp_path / "Loinc_2.80.zip"
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("LoincTable/Loinc.csv", HEAD + URINE + POTASSIUM + OLD)
        whole.writestr("AccessoryFiles/PartFile/Part.csv", "PartNumber\nLP1\n")
    said = io.StringIO()
    call_command("load_loinc", str(path), dry_run=True, stderr=said)
    assert ("3 added" in said.getvalue(), Concept.objects.filter(system=SYSTEM).count()) == (True, 0)
    assert load_loinc(loading, path).added == 3
    assert load_loinc(loading, path).changed == 0
    assert [one.code for one in search_loinc("potas moles")] == ["2823-3", "2828-2"], "usual tests first"
    assert [one.code for one in search_loinc("kalium")] == ["2823-3"]
    assert [one.display for one in search_loinc("2828")] == ["Potassium [Moles/volume] in Urine"]
    assert search_loinc("antiglob") == [], "what LOINC deprecates is not offered"
    assert search_snomed("potassium") == []
    file = tmp_path / "LoincTableCore.csv"
    file.write_text(HEAD + POTASSIUM, encoding="utf-8")
    assert load_loinc(loading, file).retired == 1


@pytest.mark.parametrize("text", ["", "nonsense", "a,b\n1,2\n", HEAD + POTASSIUM.replace("2823-3", "2823-4")])
def test_another_file_is_refused_and_changes_nothing(loading, tmp_path, text):  # noqa: F811
    file = tmp_path / "other.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotLoinc):
        read_table(file)
    with pytest.raises(CommandError):
        call_command("load_loinc", str(file))
    assert not Concept.objects.filter(system=SYSTEM).exists()
