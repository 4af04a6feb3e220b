"""Where `make dast` installs the tools."""

from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache"
TOOL = CACHE / "dast" / "bin" / "schemathesis"
#: sqlmap and wapiti
SCANNERS = CACHE / "scan" / "bin"
