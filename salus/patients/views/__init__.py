"""Patients' screens: finding, registering, who one is, changing it, the photo."""

from salus.patients.views.finding import photo, search, show
from salus.patients.views.identity import edit
from salus.patients.views.registering import likely, number_row, register, start

__all__ = ["edit", "likely", "number_row", "photo", "register", "search", "show", "start"]
