"""How busy the machine is on which tests run: what is asked in seconds is asked of a machine that does nothing else."""

import os


def busy() -> float:
    """How many processes wait for each core in the last minute; 1 where none has to wait."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
