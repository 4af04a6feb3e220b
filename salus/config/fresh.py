"""A database that holds nothing yet gets its tables in a third of the time.

Django draws every model that is related to a changed one anew after each step of each migration, and in a hospital nearly
everything is related to the patient: three quarters of the time went there (decision 0076).
"""

import contextlib
import gc
from collections.abc import Iterator
from unittest import mock

from django.db.migrations.state import ProjectState


@contextlib.contextmanager
def drawn_alone() -> Iterator[None]:
    """While it lasts a migration's step draws only the model that it changes, and memory is looked through less often.

    Only for a database that holds nothing: there are no rows that a migration could move by way of relations, and that the
    tables come out the same is tested (`tests/test_fresh.py`). Whoever has rows is brought up to date in Django's own way.
    """
    seldom = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)
    try:
        with mock.patch.object(ProjectState, "_find_reload_model", _itself):
            yield
    finally:
        gc.set_threshold(*seldom)


def _itself(_state: ProjectState, app_label: str, model_name: str, _delay: bool = False) -> set[tuple[str, str]]:
    return {(app_label, model_name)}
