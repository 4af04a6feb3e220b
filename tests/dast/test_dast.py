"""Others' tools against a running hospital: `make dast`, which installs them first.

SECONDS is how long schemathesis tries as each role, MINUTES how long each scanner may need; with SHARE=n scanners try each
n-th place, beginning with number BEGIN.
"""

import os
import subprocess
import sys

import pytest

from tests.dast.tool import SCANNERS, TOOL

pytestmark = pytest.mark.long


@pytest.mark.guarantee("B14", "B15")
def test_schemathesis_finds_no_defect_and_no_way_past_the_sign_in():
    """As three roles: no answer of 5xx, none that is not as described, none without a token; planted faults are found."""
    if not TOOL.exists():
        pytest.skip("schemathesis is not installed: make dast does it")
    command = [sys.executable, "-m", "tests.dast", "--seconds", os.environ.get("SECONDS", "60")]
    done = subprocess.run(command, check=False)
    assert done.returncode == 0


@pytest.mark.guarantee("B17", "S3")
def test_scanners_find_nothing_but_what_was_planted():
    """sqlmap and wapiti on every page, form and search parameter, as everybody who works there and as a patient."""
    if not (SCANNERS / "wapiti").exists():
        pytest.skip("sqlmap and wapiti are not installed: make dast does it")
    wishes = [("--minutes", "MINUTES", "120"), ("--share", "SHARE", "1"), ("--begin", "BEGIN", "0")]
    said = [part for option, name, usual in wishes for part in (option, os.environ.get(name, usual))]
    done = subprocess.run([sys.executable, "-m", "tests.dast.scan", *said], check=False)
    assert done.returncode == 0
