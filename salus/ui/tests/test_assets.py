"""Stylesheets and scripts: gathered once, named by content, answered before Django."""

import io
import re
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.templatetags.static import static

from salus.ui import assets


@pytest.fixture
def kept():
    """The storage that was found; it knows what this process has gathered, which the server of other tests serves."""
    before = staticfiles_storage._wrapped
    yield
    storages._storages.pop("staticfiles", None)
    staticfiles_storage._wrapped = before


@pytest.fixture
def folder(tmp_path, kept, settings):
    """A static root of this test's own, with the storage reading from there; given back before what was found is."""
    settings.STATIC_ROOT = tmp_path
    staticfiles_storage._wrapped = assets.Assets()
    return tmp_path


def ask(application, path: str) -> tuple[str, dict[str, str], bytes]:
    environ = {"PATH_INFO": path, "HTTP_ACCEPT_ENCODING": "gzip", "wsgi.input": io.BytesIO()}
    setup_testing_defaults(environ)
    told = []
    body = b"".join(application(environ, lambda status, headers, trouble=None: told.append((status, dict(headers)))))
    return (*told[0], body)


def django(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page"]


def test_names_are_plain_until_something_is_gathered(folder):
    assert static("ui/salus.js") == "/static/ui/salus.js"


def test_files_are_named_by_content_and_kept_for_ever(folder):
    served = assets.with_assets(django)
    address = static("ui/salus.js")
    assert re.fullmatch(r"/static/ui/salus\.[0-9a-f]{12}\.js", address)
    status, headers, body = ask(served, address)
    assert status == "200 OK"
    assert headers["Content-Encoding"] == "gzip"
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers
    assert ask(served, "/patients/")[2] == b"a page"
    assert ask(served, "/static/../settings.py")[2] == b"a page"


def test_our_modules_import_one_another_by_their_hashed_names(folder):
    assets.with_assets(django)
    source = Path(folder, static("ui/salus.js").removeprefix("/static/")).read_text()
    names = re.findall(r'(?:import|from) ?"\./([^"]+)"', source)
    assert len(names) >= 4
    assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) for name in names)


def test_it_gathers_only_when_something_changed(folder, monkeypatch):
    assert assets.gather() is True
    assert assets.gather() is False
    monkeypatch.setattr(assets, "_lines", lambda: ["something else"])
    assert assets.gather() is True
