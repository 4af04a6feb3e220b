"""Doors that the pages of one visit do not offer in a state in which they can be sent: what comes first, who then sends which
form from which page, and what is typed in it. Each begins from the same world; what it did is taken back."""

from collections.abc import Callable
from dataclasses import dataclass

from django.test import Client

from tests.sweep import states as by
from tests.sweep.states import Typed
from tests.world import World

NOWHERE = "-"


@dataclass(frozen=True)
class Beside:
    """One door: `first` makes what it needs and says which ids are meant, `typed` is what its form lacks.

    :ivar page: where its form stands, with `<names>` of ids; its own address unless said, `NOWHERE` where no page of this
        world has it as it would be sent
    :ivar browser: in place of the one of the role
    """

    role: str
    page: str = ""
    first: Callable[[World], Typed] = lambda _world: {}
    typed: Callable[[World, Typed], Typed] = lambda _world, _ids: {}
    browser: Callable[[World], Client] | None = None


#: the door's pattern -> how it is sent
BESIDE: dict[str, Beside] = {
    "inbox/tasks/new": Beside("doctor", typed=lambda w, i: {"subject": "Weigh her.", "whom": by.whom(w)}),
    "inbox/tasks/new/<patient_id>": Beside("doctor", typed=lambda w, i: {"subject": "Weigh her.", "whom": by.whom(w)}),
    "inbox/tasks/<task_id>/delegate": Beside(
        "nurse", "inbox/tasks/<task_id>", typed=lambda w, i: {"whom": by.doctor(w)}
    ),
    "inbox/tasks/<task_id>/start": Beside("nurse", "inbox/tasks/<task_id>", by.accepted),
    "inbox/write/<patient_id>": Beside(
        "doctor", typed=lambda w, i: {"whom": by.whom(w), "subject": "Tablets", "body": "May he?"}
    ),
    "inbox/cover": Beside("nurse", typed=lambda w, i: {"deputy": by.doctor(w), "whom": by.doctor(w)}),
    "patients/new": Beside(
        "receptionist",
        typed=lambda w, i: {
            "family": "Other",
            "given": "Oda",
            "gender": "female",
            "birth_date": "2-Feb-1970",
            "coverage-payer_text": "Fund",
            "identity-identifiers": ["name", "birth_date"],
        },
    ),
    "encounters/start/<patient_id>": Beside(
        "receptionist",
        first=by.newcomer,
        typed=lambda w, i: {
            "department": w.cast.departments["opd"].id,
            "service": "-",
            "identifiers": ["name", "birth_date"],
        },
    ),
    "inventory/receive": Beside(
        "pharmacist",
        typed=lambda w, i: {
            "item_id": w.ids["item_id"],
            "department_id": w.cast.departments["pharmacy"].id,
            "lot_number": "L-78",
            "quantity": "10",
            "expires_on": "1-Jan-2099",
        },
    ),
    "coverage/<patient_id>/new": Beside(
        "receptionist", typed=lambda w, i: {"payer_text": "Another fund", "member_number": "X-77"}
    ),
    "staff/<staff_id>/sign-in": Beside(
        "administrator",
        "staff/<staff_id>",
        by.hired,
        lambda w, i: {"username": "fay", "password": by.SECRET, "role_codes": ["nurse"]},
    ),
    "orders/open/countersign": Beside(
        "doctor", "orders/open?show=countersign", by.verbal, lambda w, i: {"order": i["order"]}
    ),
    "orders/order/<order_id>/resume": Beside("doctor", NOWHERE, by.held, lambda w, i: {"version": "2", **by.whose(i)}),
    "appointments/book/<patient_id>": Beside(
        "receptionist", "appointments/book/<patient_id>?schedule=<schedule_id>&at=<at>", by.free
    ),
    "appointments/<appointment_id>/move": Beside(
        "receptionist", "appointments/<appointment_id>/move?schedule=<schedule_id>&at=<at>", by.free
    ),
    "appointments/<appointment_id>/check-in": Beside(
        "receptionist", NOWHERE, by.booked_now, lambda w, i: {"version": i["version"], **by.whose(i)}
    ),
    "appointments/<appointment_id>/missed": Beside("receptionist", "appointments/<appointment_id>/", by.booked_now),
    "queues/appointments/<appointment_id>/check-in": Beside(
        "receptionist", first=by.booked_now, typed=lambda w, i: {"identifiers": ["name", "birth_date"]}
    ),
    "queues/tokens/<token_id>/identity": Beside(
        "nurse", "queues/tokens/<token_id>", by.called_in, lambda w, i: {"identifiers": ["name", "birth_date"]}
    ),
    "queues/manage/<queue_id>/retire": Beside("administrator", "queues/manage", by.an_empty_queue),
    "waiting-list/<wish_id>/offer": Beside("receptionist", "waiting-list/<wish_id>/", by.wishes),
    "patients/<patient_id>/emergency": Beside(
        "doctor", first=by.newcomer, typed=lambda w, i: {"reason": "Found unconscious.", "reason_code": "emergency"}
    ),
    "patients-door/<patient_id>/invite": Beside("receptionist", "patients-door/<patient_id>", by.newcomer),
    "portal/appointments/<appointment_id>/check-in": Beside(
        "patient", "portal/appointments/<appointment_id>", by.booked_now
    ),
    "portal/sessions/<session_id>/end": Beside("patient", "portal/sessions", by.other_session),
    "portal/sessions/end-others": Beside("patient", "portal/sessions", by.other_session),
    "portal/sessions/password": Beside(
        "patient", "portal/sessions", by.with_secret("patient"), by.passwords, lambda w: w.cast.client("patient")
    ),
    "portal/messages/<subscription_id>/end": Beside("patient", "portal/messages", by.told),
    "messages/templates/<template>/<language>/<channel>/reset": Beside(
        "administrator", "messages/templates/<template>/<language>/<channel>", by.reworded
    ),
    "password": Beside("nurse", "password", by.with_secret("nurse"), by.passwords, lambda w: w.cast.client("nurse")),
    "security/app/revoke": Beside("nurse", "security", by.with_app),
    "security/device": Beside(
        "administrator",
        "security",
        typed=lambda w, i: {"kind": "shared", "name": "Ward A"},
        browser=by.at_a_device,
    ),
    "security/pin/revoke": Beside("nurse", "security", by.pinned),
    "chart/<patient_id>/allergies/none": Beside("nurse", "chart/<patient_id>/allergies", by.newcomer_here),
    "chart/<patient_id>/documents/new": Beside(
        "nurse", typed=lambda w, i: {"title": "Letter", "type_code": "57133-1", "files": by.file()}
    ),
    "chart/<patient_id>/documents/<document_id>/add": Beside(
        "nurse", "chart/<patient_id>/documents/<document_id>", typed=lambda w, i: {"files": by.file()}
    ),
    "chart/<patient_id>/note/discard": Beside("doctor", "chart/<patient_id>/note", by.drafted),
    "chart/<patient_id>/notes/<note_id>/cosign": Beside("doctor", "chart/<patient_id>/notes/<note_id>", by.to_cosign),
    "chart/<patient_id>/notes/<note_id>/ask-cosign": Beside(
        "nurse", "chart/<patient_id>/notes/<note_id>", by.noted, lambda w, i: {"cosigner": by.practitioner(w, "doctor")}
    ),
    "chart/<patient_id>/notes/<note_id>/show": Beside(
        "doctor", "chart/<patient_id>/notes/<note_id>", lambda w: {"note_id": w.ids["letter_id"]}
    ),
    "forms/of/<patient_id>/fill/<questionnaire_id>/discard": Beside(
        "doctor", "forms/of/<patient_id>/fill/<questionnaire_id>", by.half_filled
    ),
    "forms/<form_id>/next": Beside("administrator", NOWHERE, by.in_use),
    "care/of/<patient_id>/treatment": Beside("doctor", typed=by.sessions),
    "care/of/<patient_id>/treatment/from/<treatment_template_id>": Beside(
        "doctor",
        NOWHERE,
        typed=lambda w, i: by.whose(i) | by.sessions(w, i),
    ),
    "care/sessions/<course_session_id>/void": Beside(
        "nurse", "care/treatments/<treatment_id>", by.treated, lambda w, i: {"reason": "Another's."}
    ),
    "care/of/<patient_id>/follow-up": Beside(
        "doctor",
        typed=lambda w, i: {"reason": "Look again", "due_on": by.soon(), "department": w.cast.departments["opd"].id},
    ),
    "care/of/<patient_id>/refer": Beside(
        "doctor",
        typed=lambda w, i: {
            "orderable": by.a_kind().id,
            "to_whom": by.whom(w),
            "to": by.whom(w),
            "whom": by.whom(w),
            "question": "Seen?",
        },
    ),
    "care/of/<patient_id>/referred": Beside(
        "receptionist",
        typed=lambda w, i: {"from_whom": "Dr Grey", "question": "Seen?", "department": w.cast.departments["opd"].id},
    ),
    "care/referrals/<referral_id>/resend": Beside(
        "doctor",
        "care/referrals/<referral_id>",
        by.declined,
        lambda w, i: {"whom": by.whom(w), "to": by.whom(w), "to_whom": by.whom(w)},
    ),
    "care/referrals/<referral_id>/close": Beside("doctor", "care/referrals/<referral_id>", by.answered),
    "safety/knowledge/load": Beside("administrator", NOWHERE, typed=lambda w, i: by.OWN_LINES),
}
