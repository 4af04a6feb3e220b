"""What the web server calls."""

import os
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salus.config.settings")

_django = get_wsgi_application()

from salus.ui.assets import with_assets  # noqa: E402 - it needs the settings, which stand now

#: more at once than connections in the pool only wait for one another
THREADS = int(os.environ.get("SALUS_WEB_THREADS") or 8)


def in_turn(application: WSGIApplication) -> WSGIApplication:
    """So many requests at once as have a connection; the web server has more threads, because streams hold theirs."""
    turns = threading.BoundedSemaphore(THREADS)

    def answer(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        with turns:
            return application(environ, start)

    return answer


application = with_assets(in_turn(_django))
