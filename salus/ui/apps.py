"""The ui room: components, base templates, formatting, charts, printing."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Django's handle on the room."""

    name = "salus.ui"
    label = "ui"
