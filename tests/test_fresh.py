"""The quick way to a new database leads to the same tables as Django's own way (`make sweep`)."""

import os
import subprocess
import sys

import pytest

from salus.config import home
from salus.config.postgres_binaries import find_binaries

SLOWLY = "from salus.config.cli import migrate; migrate.nothing_is_there = lambda: False; "
QUICKLY = ""


@pytest.mark.long
def test_the_quick_way_makes_the_same_database(database_template: str) -> None:
    """Protects a new hospital from a schema that an older one, brought up to date step by step, does not have."""
    quick, slow = schema("salus_quick", QUICKLY), schema("salus_slow", SLOWLY)
    assert len(quick) > 5_000, "something was compared"
    assert quick == slow


def schema(database: str, way: str) -> list[str]:
    """Make it and give the lines of a dump without rows, save the word that is another in each dump."""
    environ = os.environ | {"SALUS_DB_NAME": database}
    program = way + "from salus.config.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", program, "migrate", "--no-reference"], env=environ, check=True, capture_output=True
    )
    dump = [str(find_binaries(None) / "pg_dump"), "--schema-only", "--dbname", home.superuser_dsn(database)]
    told = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    return [line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
