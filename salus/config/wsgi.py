"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salus.config.settings")

_django = get_wsgi_application()

from salus.ui.assets import with_assets  # noqa: E402 - it needs the settings, which stand now

application = with_assets(_django)
