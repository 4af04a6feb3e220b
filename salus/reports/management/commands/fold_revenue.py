"""Fold revenue into the daily figures now; the worker does it every few minutes anyway."""

from typing import Any

from django.core.management.base import BaseCommand

from salus.reports.jobs import fold_revenue


class Command(BaseCommand):
    help = "Fold revenue into the daily figures."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{fold_revenue()} movements folded")
