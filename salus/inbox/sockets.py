"""What upper rooms tell the inbox: who is away. And where what waits is seen to."""

from collections.abc import Callable, Collection
from uuid import UUID

from salus.core.act import Act

#: `away(act, practitioner_ids)`: those of them who are not at work at the act's time (leave, illness)
away: list[Callable[[Act, Collection[UUID]], Collection[UUID]]] = []
