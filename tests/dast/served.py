"""The product with planted holes on a port, every effect taken back: each payload meets the same world.

    python -m tests.dast.served PORT FOLDER

A form is tried hundreds of times with one key and one version, and nobody is signed out by what a scanner presses.
`/planted/told` says who asked how often, and what broke.
"""

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import django
from django.conf import settings

django.setup()

from django.core.signals import got_request_exception, request_finished, request_started  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import close_old_connections, transaction  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

from salus.config.urls import *  # noqa: E402, F403 - the product's own, and its pages of errors
from salus.config.urls import urlpatterns as _of_the_product  # noqa: E402
from salus.core.door import PUBLIC, door  # noqa: E402
from tests.dast import holes  # noqa: E402
from tests.dast.planted import Quiet  # noqa: E402
from tests.sweep.sender import shape  # noqa: E402

#: (tool, status) -> how many answers
answers: Counter[tuple[str, str]] = Counter()
#: what broke outside of what is planted, and where
broken: Counter[str] = Counter()


@door(PUBLIC)
def told(request: Any) -> JsonResponse:
    """What happened since it was started."""
    return JsonResponse({"answers": [[*key, n] for key, n in sorted(answers.items())], "broken": dict(broken)})


@door(PUBLIC)
def offered(request: Any, role: str) -> HttpResponse:
    """The page that was written for a tool to begin with."""
    return HttpResponse(Path(sys.argv[2], f"offered-{role}.html").read_bytes())


urlpatterns = [
    path("planted/told", told),
    path("planted/offered/<str:role>", offered),
    *holes.urlpatterns,
    *_of_the_product,
]


def taken_back(ask: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    """The application, each request in a transaction that is rolled back when it was answered."""

    def answered(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        tool = "sqlmap" if "sqlmap" in environ.get("HTTP_USER_AGENT", "") else "wapiti"

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answers[tool, status[:3]] += 1
            # the new key of a session whose turn is taken back would open nothing
            return start(status, [one for one in headers if one[0] != "Set-Cookie"], *rest)

        with transaction.atomic():
            said = ask(environ, started)
            try:
                return [b"".join(said)]
            finally:
                said.close()
                transaction.set_rollback(True)

    return answered


def note(sender: Any, request: Any, **_more: Any) -> None:
    """Keep what broke: the kind of defect, and the last place of ours."""
    if not request.path.startswith(holes.UNDER):
        kind, _error, trace = sys.exc_info()
        ours = [frame for frame in traceback.extract_tb(trace) if "/salus/" in frame.filename]
        place = f"{ours[-1].filename.rpartition('/salus/')[2]}:{ours[-1].lineno}" if ours else "elsewhere"
        broken[f"{request.method} {shape(request.path)}: {getattr(kind, '__name__', '')} at {place}"] += 1


def serve(port: int) -> None:
    """Until it is ended."""
    settings.ROOT_URLCONF = __name__
    settings.SALUS_THROTTLE = False  # how much anybody may ask is tested elsewhere; here it would only hide answers
    settings.SALUS_SECOND_FACTOR = "none"
    got_request_exception.connect(note)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # which would end the transaction in the middle of a request
    # one at a time, on one connection: a second server beside it is quicker than threads that connect anew each time
    make_server("127.0.0.1", port, taken_back(get_wsgi_application()), handler_class=Quiet).serve_forever()


if __name__ == "__main__":
    from tests.dast.served import serve as of_the_module  # whose lists the door above reads, too

    of_the_module(int(sys.argv[1]))
