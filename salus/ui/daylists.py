"""What is asked of a list of one day: which day, which filter, and whose rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from salus.ui.addresses import url

MINE, EVERYWHERE = "mine", "all"


@dataclass(frozen=True, slots=True)
class DayList:
    """The day, the filter, and whose rows: `mine`, `all` or the id of a department.

    :ivar route: the page that shows it
    :ivar who: the id of whose rows alone are shown, of those on the list; empty is everybody
    :ivar page: of so many rows each, from 1 on; whatever else is changed begins anew
    """

    route: str
    day: date
    show: str
    scope: str
    who: str = ""
    page: int = 1

    def address(self, **changes: Any) -> str:
        """The page with something changed."""
        values = {"day": self.day.isoformat(), "show": self.show, "scope": self.scope}
        values |= ({"who": self.who} if self.who else {}) | changes
        if values["day"] == timezone.localdate().isoformat():
            del values["day"]
        return f"{url(self.route)}?{urlencode(values)}"

    def on(self, days: int) -> str:
        """The page so many days later."""
        return self.address(day=(self.day + timedelta(days=days)).isoformat())

    @property
    def since(self) -> datetime:
        """The day's first instant, where the page is drawn."""
        return timezone.make_aware(datetime.combine(self.day, time()))

    @property
    def until(self) -> datetime:
        """The first instant of the next day."""
        return timezone.make_aware(datetime.combine(self.day + timedelta(days=1), time()))


def day_of(text: str, *, after: int = date.min.year, before: int = date.max.year) -> date:
    """A day of an address; today where it is none, or not between these years: a day has one before it and one after."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return found if after < found.year < before else timezone.localdate()


def page_of(text: str) -> int:
    """The page that an address asks for; the first where it does not say."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def who_of(text: str) -> str:
    """Whose rows alone an address asks for."""
    return text if _is_id(text) else ""


def scope_of(text: str, own: str) -> str:
    """Whose rows an address asks for; the person's own where it does not say."""
    return text if text in (MINE, EVERYWHERE) or _is_id(text) else own


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
