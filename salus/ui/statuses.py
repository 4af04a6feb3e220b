"""How a code of FHIR's status value sets looks on a screen: a word, a tone and an icon: colour is never alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class StatusLook:
    """The look of one status."""

    label: str | Promise
    tone: str = "neutral"
    icon: str = ""


LOOKS: dict[str, StatusLook] = {
    # encounters and appointments
    "planned": StatusLook(_("Planned")),
    "booked": StatusLook(_("Booked")),
    "arrived": StatusLook(_("Arrived"), "accent", "log-in"),
    "waiting": StatusLook(_("Waiting"), "warning", "timer"),
    "triaged": StatusLook(_("Triaged"), "accent", "list-checks"),
    "in-progress": StatusLook(_("In progress"), "info", "door-open"),
    "onleave": StatusLook(_("On leave"), "neutral", "plane"),
    "finished": StatusLook(_("Finished"), "ok", "circle-check"),
    "fulfilled": StatusLook(_("Seen"), "ok", "circle-check"),
    "cancelled": StatusLook(_("Cancelled"), "neutral", "circle-slash"),
    "noshow": StatusLook(_("Did not attend"), "critical", "user-x"),
    # orders and requests
    "draft": StatusLook(_("Draft"), "neutral", "pencil"),
    "proposed": StatusLook(_("Proposed"), "neutral", "lightbulb"),
    "active": StatusLook(_("Active"), "accent"),
    "on-hold": StatusLook(_("On hold"), "warning", "circle-pause"),
    "revoked": StatusLook(_("Revoked"), "neutral", "circle-slash"),
    "stopped": StatusLook(_("Stopped"), "neutral", "circle-stop"),
    "completed": StatusLook(_("Completed"), "ok", "circle-check"),
    "entered-in-error": StatusLook(_("Entered in error"), "critical", "circle-x"),
    "unknown": StatusLook(_("Unknown")),
    # results and documents
    "registered": StatusLook(_("Registered")),
    "collected": StatusLook(_("Collected"), "info", "test-tube"),
    "received": StatusLook(_("Received"), "info", "inbox"),
    "entered": StatusLook(_("To verify"), "warning", "pencil-line"),
    "partial": StatusLook(_("Partial"), "warning"),
    "preliminary": StatusLook(_("Preliminary"), "warning"),
    "final": StatusLook(_("Final"), "ok", "circle-check"),
    "amended": StatusLook(_("Amended"), "plum", "file-pen"),
    "corrected": StatusLook(_("Corrected"), "plum", "file-pen"),
    "rejected": StatusLook(_("Rejected"), "critical", "circle-x"),
    "superseded": StatusLook(_("Superseded")),
    # medicines
    "dispensed": StatusLook(_("Dispensed"), "ok", "circle-check"),
    "part-dispensed": StatusLook(_("Partly dispensed"), "warning", "circle-dot-dashed"),
    "withheld": StatusLook(_("Withheld"), "warning", "circle-pause"),
    # problems and allergies
    "recurrence": StatusLook(_("Recurrence"), "warning"),
    "relapse": StatusLook(_("Relapse"), "warning"),
    "remission": StatusLook(_("Remission")),
    "resolved": StatusLook(_("Resolved"), "ok"),
    "inactive": StatusLook(_("Inactive")),
    "confirmed": StatusLook(_("Confirmed"), "ok"),
    "unconfirmed": StatusLook(_("Unconfirmed"), "warning"),
    "refuted": StatusLook(_("Refuted")),
    # money
    "issued": StatusLook(_("To pay"), "warning", "receipt"),
    "part-paid": StatusLook(_("Partly paid"), "warning", "circle-dot-dashed"),
    "balanced": StatusLook(pgettext_lazy("invoice", "Paid"), "ok", "circle-check"),
    "paid": StatusLook(pgettext_lazy("invoice", "Paid"), "ok", "circle-check"),
    "refunded": StatusLook(_("Refunded"), "plum", "undo-2"),
    "voided": StatusLook(_("Voided"), "neutral", "circle-slash"),
    "checkout-open": StatusLook(_("Under way"), "info", "circle-dot-dashed"),
    "checkout-superseded": StatusLook(_("Begun anew")),
    "checkout-paid": StatusLook(pgettext_lazy("invoice", "Paid"), "ok", "circle-check"),
    "checkout-surplus": StatusLook(_("To be returned"), "warning", "undo-2"),
    "checkout-returned": StatusLook(_("Returned"), "plum", "undo-2"),
    "checkout-expired": StatusLook(_("Not paid")),
    # catalogue, staff, places
    "retired": StatusLook(_("Retired"), "neutral", "archive"),
    "suspended": StatusLook(_("Suspended"), "warning", "circle-pause"),
    # beds
    "occupied": StatusLook(_("Occupied"), "accent", "bed"),
    "available": StatusLook(_("Available"), "ok", "circle-check"),
    "reserved": StatusLook(_("Reserved"), "info", "bookmark"),
    "cleaning": StatusLook(_("Cleaning"), "warning", "sparkles"),
    "closed": StatusLook(_("Closed"), "neutral", "ban"),
}


def look_of(code: str) -> StatusLook:
    """The look of a code; one that we do not know is shown as it is, in grey."""
    return LOOKS.get(code) or StatusLook(code.replace("-", " ").capitalize())
