"""What follows when somebody comes to the patients' own door."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.portal.facts import CodeAsked
from salus.portal.services import codes


@consequence("portal.send_code", "messaging.send")
def send_the_code(act: Act, fact: CodeAsked) -> None:
    codes.send_code(act, challenge_id=fact.challenge_id)
