"""What follows when somebody comes to the patients' own door."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.messaging.services.preferences import end_push_of_patient
from salus.portal.facts import AccountClosed, CodeAsked
from salus.portal.services import codes
from salus.scheduling.services.feeds import revoke_feed_of_patient


@consequence("portal.send_code", "messaging.send")
def send_the_code(act: Act, fact: CodeAsked) -> None:
    codes.send_code(act, challenge_id=fact.challenge_id)


@consequence("scheduling.view", "messaging.send")
def end_what_the_account_opened(act: Act, fact: AccountClosed) -> None:
    if fact.patient_id:
        revoke_feed_of_patient(act, patient_id=fact.patient_id)
        end_push_of_patient(act, patient_id=fact.patient_id)
