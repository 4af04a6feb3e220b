"""What makes a phone keep this door among its apps: manifest, service worker, the page for when there is no network."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import PUBLIC, door

#: what a phone may keep: files that are the same for everybody, and no page of anybody
_FILES = (
    "ui/tokens.css",
    "ui/base.css",
    "ui/shell.css",
    "ui/components.css",
    "portal/portal.css",
    "portal/icon-192.png",
)
_ICONS = (("portal/icon-192.png", "192x192"), ("portal/icon-512.png", "512x512"))


@door(PUBLIC)
def manifest(request: Any) -> HttpResponse:
    """The web app manifest."""
    said = {
        "name": _("My hospital"),
        "short_name": _("My hospital"),
        "id": reverse("portal:home"),
        "start_url": reverse("portal:home"),
        "scope": reverse("portal:home"),
        "display": "standalone",
        "background_color": "#f3f6f6",
        "theme_color": "#0a6870",
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": "any maskable"}
            for path, sizes in _ICONS
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


@door(PUBLIC)
def service_worker(request: Any) -> HttpResponse:
    """The service worker: it keeps static files and the page for when there is no network, and nothing else."""
    files = [static(path) for path in _FILES]
    context = {"files": files, "offline": reverse("portal:offline"), "home": reverse("portal:home")}
    return render(request, "portal/sw.js", context, content_type="text/javascript")


@door(PUBLIC)
def offline(request: Any) -> HttpResponse:
    """What is shown without a network: the same for everybody."""
    return render(request, "portal/offline.html")
