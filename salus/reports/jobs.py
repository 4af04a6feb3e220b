"""Reports by the clock: the daily figures are folded forward every few minutes."""

from procrastinate.contrib.django import app

from salus.core.act import system_act
from salus.reports import services


@app.task(name="reports.fold_revenue", queueing_lock="reports.fold_revenue")
def fold_revenue(timestamp: int = 0) -> int:
    """Add up what came in since; returns how many movements. May run twice, late or never: the report is exact without it."""
    return services.fold_revenue(system_act(rights=["reports.fold_revenue"], door="job:reports.fold_revenue"))
