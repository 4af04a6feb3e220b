"""Security headers on every route, whatever it answers, under TLS: found out from the URLconf (B19)."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.cast import form_key
from tests.sweep.routes import routes
from tests.sweep.sender import Sender

UNDER_TLS = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SESSION_COOKIE_NAME": "__Host-salus",
    "CSRF_COOKIE_NAME": "__Host-csrf",
}
#: word for word: whoever loosens one does it here too
POLICY = {
    "default-src": "'none'",
    "script-src": "'nonce-N' 'strict-dynamic'",
    "style-src": "'self' 'nonce-N'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "default",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}


@pytest.mark.guarantee("B19")
def test_every_route_has_every_header_whatever_it_answers(world: Any, sender: Sender) -> None:
    """Each route with each of its methods and a wrong one: to nobody, and to somebody who may come in."""
    seen: set[int] = set()
    nonces: set[str] = set()
    with override_settings(**UNDER_TLS):
        people = {"": Client(raise_request_exception=False)}
        for route in routes():
            role = next(iter(route.roles()), "") if not route.is_public else ""
            if role not in people:
                people[role] = world.cast.client(role, raise_request_exception=False)
            ids = world.ids if set(route.wants) <= world.ids.keys() else dict.fromkeys(route.wants, "1")
            for who in {"", role}:
                for method in (*route.methods, "TRACE"):
                    data = {"data": form_key(version="1")} if method == "POST" else {}
                    answer = sender.send(people[who], method, route.address(ids), secure=True, **data)
                    seen.add(answer.status_code)
                    for complaint in complaints(answer, nonces):
                        sender.complain(complaint, f"{method} {route.pattern} {answer.status_code}")
        for path in ("/no/such/page", "/static/none.css", "/fhir/Patient/%00", "//", "/healthz"):
            for complaint in complaints(sender.send(people[""], "GET", path, secure=True), nonces):
                sender.complain(complaint, path)
    assert {200, 302, 403, 404, 405, 422} <= seen, seen


#: how a file that somebody brought is shown
SEALED_OFF = "default-src 'none'; sandbox; frame-ancestors 'none'"


def complaints(answer: Any, nonces: set[str]) -> list[str]:
    """What the answer lacks."""
    wrong = [
        f"{name} is {answer.headers.get(name)!r}"
        for name, wanted in HEADERS.items()
        if not answer.headers.get(name, "").startswith(wanted)
    ]
    policy = answer.headers.get("Content-Security-Policy", "")
    nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
    if policy == SEALED_OFF:
        pass  # a file that somebody brought: nothing of it runs
    elif nonce is None or nonce[1] in nonces:
        wrong.append("no nonce of its own")
    else:
        nonces.add(nonce[1])
        said = dict(part.strip().split(" ", 1) for part in policy.replace(nonce[1], "N").split(";"))
        if said != POLICY:
            wrong.append(f"another policy: {said.items() ^ POLICY.items()}")
    for name, cookie in answer.cookies.items():
        if not (cookie["secure"] and cookie["path"] == "/" and cookie["samesite"] in ("Lax", "Strict")):
            wrong.append(f"a weak cookie {name}: {cookie.OutputString()[-80:]}")
        if cookie.value and not cookie["httponly"]:
            wrong.append(f"a cookie that scripts read: {name}")
    return wrong
