"""Whether what a hospital installs has known holes: `make audit` asks by pip-audit, and says plainly when it got no answer.

    python scripts/audit.py TOOL LOCK...

Exit code 0 if every package of every lock was looked up and none has a known hole, 1 if one has, 2 if it was not found out:
pip-audit ends with 1 in both cases, and may end with 0 where it skipped something. The report decides, not the exit code.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_PATIENCE = 600


def main(arguments: list[str]) -> int:
    """Look up each lock; the worst outcome is the exit code."""
    tool, *locks = arguments
    return max(_audit(tool, Path(lock)) for lock in locks)


def _audit(tool: str, lock: Path) -> int:
    wanted = set(re.findall(r"^([a-z0-9.-]+)==", lock.read_text().lower().replace("_", "-"), re.MULTILINE))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            tool,
            "--disable-pip",
            "--require-hashes",
            "-r",
            str(lock),
            "--progress-spinner",
            "off",
            "-f",
            "json",
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the tool that make audit installed
                [*command, "-o", str(report)], capture_output=True, text=True, check=False, timeout=_PATIENCE
            )
        except (OSError, subprocess.TimeoutExpired) as trouble:
            return _unknown(lock, repr(trouble))
        try:
            told = json.loads(report.read_text())["dependencies"]
        except (OSError, ValueError, LookupError):
            return _unknown(lock, "no report came: " + " ".join(done.stderr.split())[-300:])
    asked = {one["name"].lower().replace("_", "-") for one in told if "skip_reason" not in one}
    holes = [f"{one['name']} {one['version']}: {hole['id']}" for one in told for hole in one.get("vulns", ())]
    if holes:
        print("\n".join([f"{lock}: known holes", *holes]))
        return 1
    missed = sorted(wanted - asked)
    if missed or not asked:
        return _unknown(
            lock, f"{len(missed)} of {len(wanted)} packages were not looked up ({', '.join(missed[:3])} ...)"
        )
    print(f"{lock}: {len(asked)} packages looked up, no known hole")
    return 0


def _unknown(lock: Path, why: str) -> int:
    print(f"{lock}: NOT FOUND OUT whether there are known holes; {why}")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
