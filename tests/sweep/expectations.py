"""What each answer of the matrix must be: reckoned from the door's policy, the role's rights and the one rule, never listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from salus.core.act import Act
from salus.core.door import PUBLIC, SIGNED_IN
from salus.patients.queries.access import SEES
from salus.patients.screens import IDENTITY
from tests.sweep import situations
from tests.sweep.conftest import ROUTES
from tests.sweep.routes import Route
from tests.sweep.situations import Situation
from tests.sweep.test_doors import SHARED

#: who puts orders together: any of these
ORDERING = {
    *("orders.order_medicine", "orders.order_test", "orders.order_service", "orders.order_care"),
    "orders.take_verbal_order",
}
#: doors whose own check comes after the declared one -> the rights of which one is needed too
INNER = {
    "orders/<patient_id>/new": ORDERING,
    "orders/sets": ORDERING,
    "orders/order/<order_id>/perform": {"orders.perform_order", "orders.administer_medicine"},
    "orders/performed/<performance_id>/void": {"orders.perform_order", "orders.administer_medicine"},
    "orders/sets/<set_id>": ORDERING,
    "chart/<patient_id>/note/as/<note_type>": {"chart.write_medical_note"},
    "inbox/of/<patient_id>": {"patients.find", "patients.open"},
    "inbox/tasks/new/<patient_id>": {"patients.find", "patients.open"},
    "patients/<patient_id>/photo": set(IDENTITY),
    "patients/<patient_id>/access": set(SEES),
    # who minds the queue of messages need not know whose they are
    "patients/<patient_id>/messages": {"patients.find", "patients.open"},
    # whoever manages staff, and oneself: in this world that is the doctor
    "staff/<staff_id>/profile": {"staff.manage_staff", "orders.order_medicine"},
}
#: pages of the patients' own door that are for the patient himself, and for nobody who stands for him
FOR_HIMSELF = {
    "portal/details", "portal/proxies", "portal/looks", "portal/messages", "portal/calendar", "portal/bills/<invoice_id>/paper",
}  # fmt: skip
#: of the house and its people, and of no patient
PLACES = {
    "deputy_row_id",
    "department_id", "location_id", "staff_id", "lot_id", "user_id", "session_id", "passkey_id", "recovery_id", "link_id",
    "program_id", "allowance_id", "queue_id", "schedule_id", "pattern_id", "absence_id", "holiday_id", "registration_id",
    "subscription_id", "vaccine_schedule_id", "form_id", "set_id", "set_item_id", "favourite_id", "kept_id",
    "plan_template_id", "treatment_template_id",
}  # fmt: skip
#: shown, or led to where there is something to do
SEEN = (200, 204, 302, 303, 304)
#: and where a page may say more than that: it wants to be asked something and is not
ALSO = {
    "oauth/authorize": (422,),
    "appointments/book/<patient_id>": (422,),
}


def pages() -> Iterator[Route]:
    """Every page that somebody signed in may ask for."""
    return (route for route in ROUTES if "GET" in route.methods and route.policy != PUBLIC and not route.api)


def is_of_a_record(route: Route) -> bool:
    return not set(route.wants) <= SHARED | PLACES


def lets_in(route: Route, act: Act) -> bool:
    """Whether the role has what the door asks for, before it is known of whom."""
    inner = INNER.get(route.pattern)
    if act.may("portal.use") != route.is_own_door:
        return False
    if route.pattern in FOR_HIMSELF and not any(one.is_self for one in act.stands_for):
        return False
    return (route.policy == SIGNED_IN or act.may(route.policy)) and (inner is None or act.may_any(*inner))


def expected(route: Route, act: Act, one: Situation) -> tuple[int, ...]:
    """The statuses that a page may answer with; the first is the one to expect."""
    if not lets_in(route, act):
        return (403,) if act.may("portal.use") == route.is_own_door else (302,)
    seen = (*SEEN, *ALSO.get(route.pattern, ()))
    if not is_of_a_record(route):
        return seen
    if not situations.may_find(act, one):
        return (404,)
    if situations.may_open(act, one):
        return (*seen, 404, 409) if one.is_voided else seen
    if not needs_the_record(route):
        return (*seen, 404, 409)
    if not act.may("patients.open"):  # a desk that writes down what it is told
        return (403, 404, *SEEN)
    return (303, 404) if is_offered(act, one) else (404,)


def needs_the_record(route: Route) -> bool:
    return route.policy == "patients.open" or route.policy.startswith("chart.")


def is_offered(act: Act, one: Situation) -> bool:
    """Whether somebody may break the glass here: the only one for whom foreign does not look like missing (decision 9)."""
    return situations.may_find(act, one) and situations.decision(act, one).answer == "offer"


def leads_to_glass(answer: Any) -> bool:
    return str(answer.headers.get("Location", "")).partition("?")[0].endswith("/emergency")


def leaks(answer: Any, act: Act, records: Iterable[Situation], *, sent: str = "") -> list[str]:
    """Of which hidden records an answer says more than the rule allows: who it is, or a word of the record.

    :param sent: what was asked; a search may say it again
    """
    if answer.status_code in (204, 302, 303):
        return []
    words, sent = unescape(text_of(answer)).casefold(), sent.casefold()
    return [one.name for one in records if any(word in words and word not in sent for word in forbidden(act, one))]


def text_of(answer: Any) -> str:
    """All that an answer says; also of a file that is sent piece by piece."""
    if not hasattr(answer, "said"):
        answer.said = answer.getvalue().decode("utf-8", "replace")
    said: str = answer.said
    return said


def forbidden(act: Act, one: Situation) -> tuple[str, ...]:
    """The words of this patient that this act may not see."""
    if not situations.may_find(act, one):
        return (*one.who, one.secret)
    return () if situations.may_open(act, one) else (one.secret,)
