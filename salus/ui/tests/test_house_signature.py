"""What leaves the house as a document says from whom it is; read by OpenSSL, which knows nothing of how it was made."""

import asyncio
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from salus.ui import house_signature
from salus.ui.printing import document, pdf

TYPST = Path(__file__).parent.parent / "typst"
RECEIPT = TYPST / "specimen_receipt.typ"


@pytest.fixture(autouse=True)
def _a_place(settings, tmp_path):
    settings.SALUS_PAPERS_KEY = tmp_path / "keys" / "papers.p12"
    settings.SALUS_PAPERS_P12 = settings.SALUS_PAPERS_P12_PASSWORD = ""


def a_paper(house: str = "St. Brigid") -> bytes:
    return document(RECEIPT, _receipt(house), printed_by="R. Cashier")


def _receipt(house: str):
    rows = [["Consultation", "45.00"]]
    return {"title": "Receipt 7", "head": ["Item", "EUR"], "rows": rows, "organisation": {"name": house}}


def parts(paper: bytes) -> tuple[bytes, bytes]:
    """What is signed, and the signature (CMS, DER), as any reader of PDFs takes them out."""
    told = re.search(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)\s*\]", paper)
    first, until, again, rest = (int(number) for number in told.groups())
    assert (first, again + rest) == (0, len(paper)), "the signature is on the whole file"
    hexed = paper[until:again].strip(b"<>")
    return paper[:until] + paper[again : again + rest], bytes.fromhex(hexed.decode())


def believed(content: bytes, signature: bytes, folder: Path) -> bool:
    """Whether OpenSSL finds the signature true, with whoever's certificate stands in it."""
    (folder / "content").write_bytes(content)
    (folder / "signature").write_bytes(signature)
    command = ["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "signature"]
    asked = subprocess.run([*command, "-content", "content", "-out", "/dev/null"], cwd=folder, capture_output=True)
    return asked.returncode == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there to look at the signature")
@pytest.mark.parametrize("change", [None, 200, -200])
def test_a_document_is_signed_and_a_changed_one_is_not_believed(tmp_path, change):
    content, signature = parts(a_paper())
    if change is not None:
        content = bytearray(content)
        content[change] ^= 1
    assert believed(bytes(content), signature, tmp_path) is (change is None)


def test_the_certificate_is_in_the_name_of_the_house_and_stays(settings):
    assert house_signature.certificate() is None
    assert house_signature.signs_with() == ""
    a_paper("St. Brigid")
    first = house_signature.certificate()
    assert "CN=St. Brigid" in first.subject.rfc4514_string()
    assert Path(settings.SALUS_PAPERS_KEY).stat().st_mode & 0o777 == 0o600
    a_paper("St. Brigid")
    assert house_signature.certificate() == first
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", house_signature.signs_with())


def test_of_several_that_print_first_at_once_all_sign_with_one_key():
    with ThreadPoolExecutor(8) as pool:
        papers = list(pool.map(lambda _n: a_paper(), range(8)))
    der = house_signature.certificate().public_bytes(Encoding.DER)
    assert all(der in parts(paper)[1] for paper in papers)


def test_a_server_that_runs_an_event_loop_signs_too():
    async def asked() -> bytes:
        return a_paper()

    with ThreadPoolExecutor(1) as alone:  # where browsers are tested too a loop runs already
        assert b"/ByteRange" in alone.submit(asyncio.run, asked()).result()


def test_the_hospitals_own_certificate_signs_where_it_is_named(settings, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    own = house_signature._own(key, "Brigid's own")
    locked = BestAvailableEncryption(b"secret")
    (tmp_path / "own.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"own", key, own, None, locked))
    settings.SALUS_PAPERS_P12, settings.SALUS_PAPERS_P12_PASSWORD = str(tmp_path / "own.p12"), "secret"
    assert b"Brigid's own" in parts(a_paper())[1]
    assert not Path(settings.SALUS_PAPERS_KEY).exists()


@pytest.mark.parametrize(("name", "password"), [("missing.p12", ""), ("locked.p12", "wrong")])
def test_a_certificate_that_cannot_be_used_keeps_no_paper_back(settings, tmp_path, caplog, name, password):
    key = rsa.generate_private_key(65537, 2048)
    kept = pkcs12.serialize_key_and_certificates(
        b"own", key, house_signature._own(key, "Own"), None, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.p12").write_bytes(kept)
    settings.SALUS_PAPERS_P12, settings.SALUS_PAPERS_P12_PASSWORD = str(tmp_path / name), password
    paper = a_paper()
    assert paper.startswith(b"%PDF")
    assert b"/ByteRange" not in paper
    assert "papers go out unsigned" in caplog.text
    with pytest.raises((OSError, ValueError)):
        house_signature.certificate()
    assert house_signature.signs_with() == ""


def test_what_is_no_document_carries_no_signature():
    assert b"/ByteRange" not in pdf(RECEIPT, _receipt("St. Brigid"))
