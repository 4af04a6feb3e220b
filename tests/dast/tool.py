"""Where `make dast` installs the tool."""

from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / ".cache" / "dast" / "bin" / "schemathesis"
