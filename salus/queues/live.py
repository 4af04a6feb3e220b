"""Who looks at a queue is told that it changed: at the commit, by ids only."""

from uuid import UUID

from salus.core import live


def topic(department_id: UUID) -> str:
    """What a board, a wall or a list of a department listens to."""
    return f"queue:{department_id}"


def tell(*department_ids: UUID) -> None:
    """Every screen of these departments draws itself again, once the act commits."""
    live.changed(*(topic(one) for one in department_ids))
