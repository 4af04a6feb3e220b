"""The pages of a PDF, counted and drawn in a process with little memory and little time: what bursts, bursts there.

Run as `python -I pdf_pages.py count` or `draw <page>`: the PDF comes on the standard input, the answer goes to the
standard output. It imports nothing of the hospital and writes no file.
"""

import os
import resource
import sys
from collections.abc import Callable
from typing import Any

MOST = 300
_MEMORY, _SECONDS = 2 * 1024**3, 12
_PAGE: Any = (
    b"#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
    b'#image(sys.inputs.at("file"), format: "pdf", page: int(sys.inputs.page))'
)


def main(arguments: list[str]) -> int:
    """Count or draw; the exit code says whether it could be done."""
    kept = os.memfd_create("sheets")  # a file that is in memory alone: typst reads binary files by their path only
    with os.fdopen(os.dup(kept), "wb") as copy:
        copy.write(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import typst  # noqa: PLC0415 - after the limits

    fonts = typst.Fonts(include_system_fonts=False)

    def draw(page: int, ppi: float) -> bytes | None:
        asked = {"file": f"/{kept}", "page": str(page)}
        try:
            made = typst.compile(_PAGE, root="/proc/self/fd", format="png", ppi=ppi, font_paths=fonts, sys_inputs=asked)
        except typst.TypstError:
            return None
        return made if isinstance(made, bytes) else None

    if arguments[0] == "count":
        sys.stdout.write(str(count(lambda page: draw(page, 2.0) is not None)))
        return 0
    made = draw(int(arguments[1]), 110.0)
    sys.stdout.buffer.write(made or b"")
    return 0 if made else 1


def count(has: Callable[[int], bool]) -> int:
    """How many pages there are, asked page by page: doubling, then halving; at most one more than `MOST`."""
    if not has(1):
        return 0
    low, high = 1, 2
    while high <= MOST and has(high):
        low, high = high, high * 2
    high = min(high, MOST + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if has(middle) else (low, middle)
    return high if high == MOST + 1 and has(high) else low


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
