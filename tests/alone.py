"""A hospital of its own for a long run outside of pytest: below `.cache/`, taken away afterwards.

Importing this forgets whose hospital the shell speaks of, and sets Django up for a home in `FOLDER`. It comes first.
"""

import os
import tempfile
from pathlib import Path

import django

from tests.hospital import PASSWORD

CACHE = Path(__file__).resolve().parents[1] / ".cache"
CACHE.mkdir(exist_ok=True)
FOLDER = Path(tempfile.mkdtemp(prefix="alone-", dir=CACHE))

for _name in [name for name in os.environ if name.startswith(("SALUS_", "PG")) or name == "DATABASE_URL"]:
    if _name not in ("SALUS_PG_BIN", "SALUS_PG_USER", "SALUS_PG_ROOT"):
        del os.environ[_name]
os.environ |= {
    "SALUS_HOME": str(FOLDER / "home"),
    "SALUS_DEMO_PASSWORD": PASSWORD,
    "SALUS_HOSTS": "127.0.0.1,testserver",  # as Django's own client calls itself
    "DJANGO_SETTINGS_MODULE": "salus.config.settings",
}
django.setup()
