"""Holes that a scanner must find: without one of them in the same run, its silence about the product would prove nothing."""

import subprocess
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from salus.core.door import SIGNED_IN, door

#: where all of them are
UNDER = "/planted/"
#: tool -> (kind of hole, its place) that it must name
EXPECTED = {
    "sqlmap": {
        ("sql", "/planted/find"),
        ("sql", "/planted/keep"),
    },
    "wapiti": {
        ("SQL Injection", "/planted/find"),
        ("SQL Injection", "/planted/keep"),
        ("Reflected Cross Site Scripting", "/planted/echo"),
        ("Open Redirect", "/planted/go"),
        ("Path Traversal", "/planted/read"),
        ("Command execution", "/planted/say"),
        ("Cross Site Request Forgery", "/planted/unguarded"),
    },
}
#: leads to all of them
PAGE = """<a href="/planted/find?code=opd">find</a> <a href="/planted/echo?word=a">echo</a> <a href="/planted/go?to=/">go</a>
<a href="/planted/read?name=hosts">read</a> <a href="/planted/say?word=a">say</a>
<form method="post" action="/planted/keep"><input name="word" value="opd">
<input type="hidden" name="csrfmiddlewaretoken" value="{token}"><button>Keep</button></form>
<form method="post" action="/planted/unguarded"><input name="word" value="a"><button>Keep</button></form>"""


@door(SIGNED_IN)
def find(request: Any) -> HttpResponse:
    """SQL that is put together from what was asked."""
    return HttpResponse(f"<p>{_names(request.GET.get('code', ''))}</p>")


@door(SIGNED_IN, methods=("POST",), effect=False)
def keep(request: Any) -> HttpResponse:
    """The same from a form."""
    return HttpResponse(f"<p>{_names(request.POST.get('word', ''))}</p>")


def _names(code: str) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM places_department WHERE code = '{code}'")
        return ", ".join(str(row[0]) for row in cursor.fetchall())


@door(SIGNED_IN)
def echo(request: Any) -> HttpResponse:
    """Markup as it came."""
    return HttpResponse(f"<p>{request.GET.get('word', '')}</p>")


@door(SIGNED_IN)
def go(request: Any) -> HttpResponse:
    """Anywhere."""
    return HttpResponseRedirect(request.GET.get("to", "/"))


@door(SIGNED_IN)
def read(request: Any) -> HttpResponse:
    """Any file that this account can read."""
    try:
        return HttpResponse(Path("/etc", request.GET.get("name", "")).read_bytes())
    except (OSError, ValueError):
        return HttpResponse("no such file")


@door(SIGNED_IN)
def say(request: Any) -> HttpResponse:
    """Whatever a shell makes of it; one that writes no files, for who scans with `>` in every word."""
    command = ["bash", "--restricted", "-c", f"echo {request.GET.get('word', '')}".replace("\0", "")]
    try:
        return HttpResponse(subprocess.run(command, capture_output=True, timeout=2, check=False).stdout)
    except subprocess.TimeoutExpired:
        return HttpResponse("")


@csrf_exempt
@door(SIGNED_IN, methods=("POST",), effect=False)
def unguarded(request: Any) -> HttpResponse:
    """A form that anybody's page can send."""
    return HttpResponse("kept")


urlpatterns = [
    path(f"planted/{name}", view)
    for name, view in {"find": find, "keep": keep, "echo": echo, "go": go, "read": read, "say": say,
                       "unguarded": unguarded}.items()
]  # fmt: skip
