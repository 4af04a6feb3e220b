"""A web process is warm before it is asked: the first person of the day does not wait for what all others find ready."""

import gc
from contextlib import suppress

from django.db import Error, connection
from django.template import engines
from django.urls import reverse

#: a page makes some ten thousand objects and leaves none: looking for rubbish after every 700 (Python's choice) is for nothing
_LOOK_AFTER = 20_000


def warm_up() -> None:
    """Read all routes, compile all templates, connect; what is there now is there for good and is not collected."""
    reverse("home")
    pages = engines["jinja2"].env  # type: ignore[attr-defined]
    for name in pages.list_templates(extensions=["html"]):
        pages.get_template(name)
    with suppress(Error):  # the server starts before its database is back, and says so to who asks
        connection.ensure_connection()
    connection.close()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LOOK_AFTER, 20, 20)
