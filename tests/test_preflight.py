"""What is refused before anything is done, in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from salus.config import preflight

SCRIPT = [sys.executable, str(Path(preflight.__file__))]


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert preflight.python_trouble() == (
        "Salus needs Python 3.11 or newer, this is 3.9 (name one: make PYTHON=python3.11 run)"
    )


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight.disk_trouble(str(tmp_path)) is None
    monkeypatch.setenv("SALUS_DISK_FLOOR_MB", str(2**40))
    trouble = preflight.disk_trouble(str(tmp_path / "not" / "there" / "yet"))
    assert trouble is not None
    assert trouble.startswith("the disk is full: ")


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        trouble = preflight.port_trouble("127.0.0.1", port)
        assert trouble == f"port {port} is busy: something else listens there (choose another: PORT={port + 1})"
    assert preflight.port_trouble("127.0.0.1", port) is None


def test_an_address_of_another_machine_is_named() -> None:
    assert str(preflight.port_trouble("203.0.113.7", 8000)).startswith("cannot listen on 203.0.113.7:8000: ")


@pytest.mark.parametrize("environ", [{"SALUS_DISK_FLOOR_MB": str(2**40)}, {"PORT": "eight"}])
def test_the_makefile_hears_one_line_and_a_code(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [*SCRIPT, "--port"], env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("salus: ")
    assert done.stderr.count("\n") == 1
