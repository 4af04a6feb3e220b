"""Schedules from files: CSV (`tables.py`) and iCalendar (`calendars.py`) become entries (`entries.py`), which are filed whole or
not at all (`filing.py`)."""
