"""What of a plan or a course is kept where nothing of the patient may be."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from salus.core.dates import PartialDate


def days_between(starts: PartialDate | None, due: PartialDate | None) -> int | None:
    """How many days after its beginning a goal is to be reached, where both are known to the day; none if it was before."""
    if starts is None or due is None or {starts.precision, due.precision} != {"day"}:
        return None
    days = (due.day - starts.day).days
    return days if days > 0 else None


def text_of(activity: Mapping[str, Any]) -> str:
    """What is to be done, in words; nothing for what was found not to be needed, or has none."""
    detail = activity.get("detail") or {}
    if detail.get("status") == "cancelled":
        return ""
    words = str(detail.get("description") or (detail.get("code") or {}).get("text") or "").strip()
    return f"Do not: {words}" if words and detail.get("doNotPerform") else words


def category_of(system: str, code: str) -> str:
    """For whom a plan for a problem is meant: of ICD-10 the category with all below it, of SNOMED CT the concept; else nobody."""
    if "icd-10" in system:
        return code.partition(".")[0]
    return code if system == "http://snomed.info/sct" else ""


def interval_of(days: Sequence[date]) -> int:
    """How far apart the sessions of a course were planned: the commonest distance in days, one for a single session."""
    apart = [(after - before).days for before, after in zip(days, days[1:], strict=False)]
    return max(set(apart), key=apart.count) if apart and max(apart) > 0 else 1
