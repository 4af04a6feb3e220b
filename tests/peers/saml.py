"""pysaml2 as the hospital's directory: `tests/peers/saml_provider.py` in the environment of the peers."""

import shutil
import subprocess
from pathlib import Path

_PYTHON = Path(__file__).resolve().parents[2] / ".cache" / "peers" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("saml_provider.py")
IS_THERE = shutil.which("xmlsec1") is not None and (_PYTHON.with_name("mdexport")).exists()


def tell(*words: str | Path) -> str:
    """What the provider's command answers."""
    done = subprocess.run(
        [_PYTHON, "-W", "ignore", _SCRIPT, *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()
