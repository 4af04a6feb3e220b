"""Files that are whole or not there, and still there after a power cut: beside their place, on the disk, then into it."""

import os
import tempfile
from pathlib import Path


def write_aside(path: Path, content: bytes) -> Path:
    """A new file of mode 0600 beside this place, on the disk; the caller moves it there, or takes it away."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp gives mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place, or a new one in place of the old; a reader meets the one or the other."""
    write_aside(path, content).replace(path)
    sync_folder(path.parent)


def write_first(path: Path, content: bytes) -> None:
    """Put a file where there is none; of several who do so at once one wins, and his stays."""
    fresh = write_aside(path, content)
    try:
        os.link(fresh, path)
        sync_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def sync_folder(folder: Path) -> None:
    """Make what came into a folder, or left it, last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
