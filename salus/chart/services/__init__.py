"""Acts on the record: `from salus.chart import services as chart`."""

from salus.chart.services.allergies import (
    AllergyStands,
    Reaction,
    change_allergy,
    confirm_no_allergies,
    record_allergy,
)
from salus.chart.services.allergy_ends import refute_allergy, resolve_allergy, void_allergy
from salus.chart.services.certificates import (
    AlreadyCertified,
    issue_birth_certificate,
    issue_death_certificate,
    issue_sick_note,
    withdraw_certificate,
)
from salus.chart.services.conditions import (
    amend_condition,
    change_condition,
    order_conditions,
    record_condition,
    void_condition,
)
from salus.chart.services.cosigning import NotWaiting, ask_cosign, cosign_note
from salus.chart.services.documents import (
    About,
    AlreadyKept,
    add_pages,
    describe_document,
    keep_document,
    void_document,
)
from salus.chart.services.favourites import add_favourite, remove_favourite
from salus.chart.services.flowsheets import correct_observation, record_flowsheet, void_observation
from salus.chart.services.histories import (
    Illness,
    Relative,
    change_relative,
    record_relative,
    record_social_history,
    void_relative,
)
from salus.chart.services.immunizations import (
    AlreadyRecorded,
    Given,
    record_immunization,
    record_not_given,
    void_immunization,
)
from salus.chart.services.letters import file_letter, show_letter
from salus.chart.services.notes import (
    Asked,
    add_addendum,
    copy_note,
    discard_draft,
    sign_note,
    void_note,
    write_note,
)
from salus.chart.services.observations import record_observation, record_vitals
from salus.chart.services.received import (
    NotFromElsewhere,
    ReceivedNote,
    ReceivedPaper,
    amend_received_note,
    amend_received_paper,
    receive_note,
    receive_paper,
    void_received_note,
)
from salus.chart.services.schedules import change_scheduled_dose, drop_scheduled_dose
from salus.chart.services.told import record_told_history
from salus.chart.standing import WrongPatient

__all__ = [
    "NotFromElsewhere",
    "ReceivedNote",
    "ReceivedPaper",
    "amend_received_note",
    "amend_received_paper",
    "receive_note",
    "receive_paper",
    "void_received_note",
    "About",
    "AlreadyCertified",
    "AlreadyKept",
    "Illness",
    "Relative",
    "add_pages",
    "change_relative",
    "describe_document",
    "issue_birth_certificate",
    "issue_death_certificate",
    "issue_sick_note",
    "keep_document",
    "record_relative",
    "record_social_history",
    "void_document",
    "void_relative",
    "withdraw_certificate",
    "AlreadyRecorded",
    "Given",
    "change_scheduled_dose",
    "drop_scheduled_dose",
    "record_immunization",
    "record_not_given",
    "void_immunization",
    "AllergyStands",
    "Asked",
    "NotWaiting",
    "ask_cosign",
    "file_letter",
    "show_letter",
    "copy_note",
    "cosign_note",
    "Reaction",
    "correct_observation",
    "record_flowsheet",
    "void_observation",
    "add_favourite",
    "amend_condition",
    "order_conditions",
    "remove_favourite",
    "resolve_allergy",
    "add_addendum",
    "discard_draft",
    "record_told_history",
    "sign_note",
    "void_note",
    "write_note",
    "WrongPatient",
    "change_allergy",
    "change_condition",
    "confirm_no_allergies",
    "record_allergy",
    "record_condition",
    "record_observation",
    "record_vitals",
    "refute_allergy",
    "void_allergy",
    "void_condition",
]
