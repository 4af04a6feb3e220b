"""What rooms beside this one add to the demonstration; `workflows` plugs them in."""

from collections.abc import Callable
from datetime import datetime

from salus.places.models import Facility

#: `(facility, at, password)`: called last, in the transaction that makes the hospital; the same seed gives the same rows
guests: list[Callable[[Facility, datetime, str], None]] = []
