"""SNOMED CT as a hospital brings it. The concepts below are the few that other tests and public guides name; none ships."""

import zipfile

import pytest
from django.core.management import CommandError, call_command

from salus.core.act import system_act
from salus.terminology.models import Concept
from salus.terminology.queries import search_conditions, search_procedures, search_snomed
from salus.terminology.snomed import SYSTEM, NotSnomed, load_snomed, read_release

FLAT = (
    "SCTID\tFSN\tPreferred Term\tStatus\n"
    "22298006\tMyocardial infarction (disorder)\tMyocardial infarction\tActive\n"
    "44054006\tDiabetes mellitus type 2 (disorder)\tType 2 diabetes mellitus\tActive\n"
    "80146002\tAppendectomy (procedure)\tAppendectomy\tActive\n"
    "15777000\tPrediabetes (finding)\tPrediabetes\tInactive\n"
)
HEAD = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
RF2 = HEAD + "".join(
    f"{n}\t20260101\t{active}\t1\t{concept}\ten\t{kind}\t{term}\t1\n"
    for n, (active, concept, kind, term) in enumerate(
        [
            (1, "22298006", "900000000000003001", "Myocardial infarction (disorder)"),
            (1, "22298006", "900000000000013009", "Heart attack"),
            (0, "22298006", "900000000000013009", "Coronary"),
            (1, "15777000", "900000000000003001", "Prediabetes (finding)"),
        ]
    )
)


@pytest.fixture
def loading(db):
    return system_act(rights={"terminology.load_conditions"}, door="test")


def test_the_global_patient_set_is_loaded_again_and_again(loading, tmp_path):
    file = tmp_path / "GPS_2026.txt"
    file.write_text(FLAT, encoding="utf-8")
    assert load_snomed(loading, file).added == 4
    assert load_snomed(loading, file).changed == 0
    assert [one.code for one in search_snomed("diab typ")] == ["44054006"]
    assert search_snomed("appendec") == [], "what was done is no problem"
    assert [one.code for one in search_procedures("appendec")] == ["80146002"]
    assert search_procedures("diab") == [], "what is ill is not done"
    assert search_snomed("prediab") == [], "what is retired is not offered"
    assert Concept.objects.get(system=SYSTEM, code="80146002").display == "Appendectomy"
    assert [one.display for one in search_snomed("22298006")] == ["Myocardial infarction"]
    assert all(one.system != SYSTEM for one in search_conditions("diabetes"))
    file.write_text("".join(FLAT.splitlines(keepends=True)[:2]), encoding="utf-8")
    assert load_snomed(loading, file).retired == 2


def test_a_release_in_rf2_brings_synonyms(loading, tmp_path):
    path = tmp_path / "SnomedCT_GPS_PRODUCTION.zip"
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("x/Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20260101.txt", RF2)
        whole.writestr(
            "x/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20260101.txt",
            "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n15777000\t20260101\t0\t1\t1\n",
        )
    load_snomed(loading, path)
    (found,) = search_snomed("heart att")
    assert (found.code, found.display, found.synonym) == ("22298006", "Myocardial infarction", "Heart attack")
    assert search_snomed("coronary") == search_snomed("prediabetes") == []


@pytest.mark.parametrize("text", ["", "nonsense", "a\tb\n1\t2\n", "SCTID\tFSN\tPreferred Term\tStatus\nx\t\t\t\n"])
def test_another_file_is_refused_and_changes_nothing(loading, tmp_path, text):
    file = tmp_path / "other.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotSnomed):
        read_release(file)
    with pytest.raises(CommandError):
        call_command("load_snomed", str(file))
    assert not Concept.objects.filter(system=SYSTEM).exists()
