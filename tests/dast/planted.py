"""The product with two planted faults, on a port: `python -m tests.dast.planted PORT`. What finds nothing here is blind."""

import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

django.setup()

from salus.config.urls import *  # noqa: E402, F403 - the product's own, and its pages of errors
from salus.config.urls import urlpatterns as _of_the_product  # noqa: E402
from salus.core.door import PUBLIC, door  # noqa: E402

#: what is said of the two in the description: that they want a token, like all others
FAULTS: dict[str, Any] = {
    "/fhir/Brittle": "falls over a number that is none",
    "/fhir/Forgetful": "forgets to ask who is there",
}


@door("fhir.read", api=True)
def brittle(request: Any) -> HttpResponse:
    """Reads a number as if everybody wrote one."""
    return JsonResponse({"n": int(request.GET.get("_count") or 1)}, content_type="application/fhir+json")


@door(PUBLIC, api=True)
def forgetful(request: Any) -> HttpResponse:
    """Says that it wants a token, and does not."""
    return JsonResponse({"secret": "everything"}, content_type="application/fhir+json")


urlpatterns = [path("fhir/Brittle", brittle), path("fhir/Forgetful", forgetful), *_of_the_product]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library names it
        """Nothing: what is asked is in the tool's report."""


if __name__ == "__main__":
    settings.ROOT_URLCONF = "tests.dast.planted"
    make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), _Server, Quiet).serve_forever()
