"""Stylesheets and scripts as browsers get them: gathered once, named by their content, compressed, kept for ever.

They are answered before Django sees the request. (servestatic's middleware is asynchronous: under WSGI it would send every
page, not only every file, through two changes of thread.)
"""

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from wsgiref.headers import Headers
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from servestatic import ServeStatic  # type: ignore[import-untyped]
from servestatic.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files named by their content; by their own name in a process that serves none (tests, commands)."""

    #: whether this process has gathered them: what an earlier one gathered may lack a file of today
    is_gathered = False
    support_js_module_import_aggregation = True
    # our own modules import one another; what comes in wheels is left as it is
    _js_module_import_aggregation_patterns = (
        "ui/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file."""
        if not self.is_gathered:
            return f"{settings.STATIC_URL}{name}"
        return str(super().url(name, force=force))


def with_assets(application: WSGIApplication) -> WSGIApplication:
    """The application with its stylesheets and scripts before it."""
    gather()
    storage: Any = staticfiles_storage
    storage.hashed_files, storage.manifest_hash = storage.load_manifest()
    storage.is_gathered = True
    for_ever = {f"{settings.STATIC_URL}{hashed}" for hashed in storage.hashed_files.values()}
    served: Any = ServeStatic(
        application,
        max_age=60,
        allow_all_origins=False,
        add_headers_function=_headers,
        immutable_file_test=lambda path, url: url in for_ever,
    )
    for name in {*storage.hashed_files, *storage.hashed_files.values()}:
        served.add_file_to_dictionary(f"{settings.STATIC_URL}{name}", storage.path(name), root=storage.location)
    return cast(WSGIApplication, served)


def gather() -> bool:
    """Gather the files of all rooms into ``STATIC_ROOT`` if they changed since; whether they had.

    Of several processes that start together one gathers, the others wait for it.
    """
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    note = root / "gathered"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        now = _fingerprint()
        if note.exists() and note.read_text() == now:
            return False
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(now)
        return True


def _fingerprint() -> str:
    seen = hashlib.sha256()
    for line in sorted(_lines()):
        seen.update(line.encode())
    return seen.hexdigest()


def _lines() -> Iterator[str]:
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            yield f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n"


def _headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
