"""The first thing that a worker process loads: Django must be set up before any module that knows a model."""

import importlib
import os

import django


def set_up() -> None:
    """Set Django up, and read the codes that we know."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salus.config.settings")
    django.setup()
    importlib.import_module("salus.fhir.importing.run").learn()
