"""Codes of the log in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

TEMPLATES: dict[str, str | Promise] = {
    "appointment-booked": __("Appointment booked"),
    "appointment-moved": __("Appointment moved"),
    "appointment-cancelled": __("Appointment cancelled"),
    "appointment-cancelled-by-us": __("Appointment cancelled by us"),
    "appointment-reminder": __("Reminder of an appointment"),
    "place-offered": __("A time is offered"),
    "visit-due": __("A visit or test is due"),
    "follow-up-due": __("A follow-up is due"),
    "news": __("Something new to read"),
    "access-given": __("Somebody was let into the record"),
    "code": __("One-time code"),
    "staff-urgent": __("Something urgent for staff"),
}
PURPOSES: dict[str, str | Promise] = {
    "appointments": __("Appointments: booked, moved, cancelled"),
    "reminders": __("Reminders"),
    "offers": __("Times that become free"),
    "news": __("Something new to read"),
    "access": __("Who was let into the record"),
    "code": __("One-time codes"),
    "staff": __("Urgent work"),
}
#: state -> (tone, icon)
TONES = {
    "waiting": ("neutral", "clock"),
    "sending": ("info", "send"),
    "sent": ("ok", "check"),
    "failed": ("critical", "circle-x"),
    "unknown": ("warning", "circle-question-mark"),
    "expired": ("neutral", "calendar-x"),
    "declined": ("neutral", "bell-off"),
    "unreachable": ("warning", "unplug"),
    "withdrawn": ("neutral", "undo-2"),
    "given-up": ("neutral", "archive"),
    "passed-on": ("neutral", "corner-up-right"),
}
_PROBLEMS: dict[str, str | Promise] = {
    "no-address": __("No e-mail address, telephone number or subscribed browser is known"),
    "declined": __("The recipient does not want such messages"),
    "late": __("It was too late to send it"),
    "quiet": __("Quiet hours lasted until it was too late"),
    "sender-died": __("The sender was stopped while it was talking"),
    "not-set-up": __("This channel is no longer set up"),
    "address": __("This is no address"),
    "gone": __("No browser of this person listens any more"),
}


def problem_in_words(code: str) -> str:
    """What a code of the log means; codes of a peer are shown as they are."""
    if not code:
        return ""
    if code in _PROBLEMS:
        return str(_PROBLEMS[code])
    kind, _dash, number = code.rpartition("-")
    if kind in ("smtp", "http", "sign-in", "push"):
        return _("The other side answered %(number)s") % {"number": number}
    return _("The other side could not be reached (%(code)s)") % {"code": code}
