"""A witness of every request of the sweep: what was shown, asked for or changed of a patient stands in the access log, once."""

from collections import Counter
from collections.abc import Iterable
from html import unescape
from typing import Any
from uuid import UUID

from django.db import connection

from tests.world import World

#: answered before a door is opened: the method, or the format, is not offered here
_NO_ACT = (405, 406)
#: answers that tell of nobody (a refusal with 403 may ask for a proof, and keeps the form that was sent)
_OF_NOBODY = (400, 404, 405, 500, 503)


class Witness:
    """Knows the patients of some worlds by words that nobody else's record holds."""

    def __init__(self, *worlds: World) -> None:
        self.canaries = {one.patient.id: (one.patient.family.casefold(), one.patient.mrn) for one in worlds}
        #: how often a patient was touched in which way: a sweep that never shows anyone proves nothing
        self.seen: Counter[str] = Counter()

    def begin(self) -> None:
        """Before a request: what is in the logs already."""
        self.before = _ask(
            "SELECT coalesce((SELECT max(id) FROM core_accessentry), 0), coalesce((SELECT max(id) FROM core_fact), 0), "
            "coalesce((SELECT max(id) FROM procrastinate_jobs), 0)"
        )[0]

    def complaints(self, answer: Any, address: str, sent: str) -> Iterable[str]:
        """What is wrong with what one request left behind, before its effects are taken back."""
        yield from self.told(answer, sent.casefold() + address.casefold())
        act = getattr(getattr(answer, "wsgi_request", None), "act", None)
        if act is None or answer.status_code in _NO_ACT:
            return
        entries = _ask(
            "SELECT patient_id, action, outcome, by_id FROM core_accessentry WHERE id > %s AND door NOT LIKE 'job:%%'",
            self.before[0],
        )
        changed = {row[0] for row in _ask("SELECT patient_id FROM core_fact WHERE id > %s", self.before[1])}
        words = unescape(answer.content.decode("utf-8", "replace")).casefold() if not answer.streaming else ""
        if '"type":"batch-response"' in words:
            # each of its requests has its own act, whose outcome stands in the answer beside it
            entries = [(who, action, "ok", by) for who, action, _outcome, by in entries]
        searches = [entry for entry in entries if entry[0] is None and entry[1] == "search"]
        if len(searches) > 1:
            yield f"{len(searches)} entries for one typed search"
        for patient, canaries in self.canaries.items():
            mine = [entry for entry in entries if entry[0] == patient]
            why = self._touched(patient, canaries, words, address, sent.casefold(), changed)
            if why == "shown" and not mine and searches and answer.wsgi_request.method == "POST":
                why = "found by a typed search"  # one entry, however many it found
            self.seen[why] += 1
            yield from self._judge(mine or searches, why, answer.status_code, act.by)
        if answer.status_code == 403 and not entries:
            yield "a refusal without an entry"

    def told(self, answer: Any, sent: str) -> Iterable[str]:
        """Whether a page of an error, or a job, says who a patient is (B57)."""
        texts = []
        if answer.status_code in _OF_NOBODY and not answer.streaming:
            texts.append(("a page of an error", unescape(answer.content.decode("utf-8", "replace"))))
        if answer.status_code < 400 and getattr(answer.wsgi_request, "method", "") == "POST":
            made = _ask("SELECT args::text FROM procrastinate_jobs WHERE id > %s", self.before[2])
            texts += [("a job", row[0]) for row in made]
        for what, text in texts:
            self.seen[what] += 1
            if any(word in text.casefold() and word not in sent for words in self.canaries.values() for word in words):
                yield f"{what} says who a patient is"

    def _touched(self, patient: UUID, canaries: Any, words: str, address: str, sent: str, changed: set[Any]) -> str:
        if patient in changed:
            return "changed"
        if str(patient) in address.partition("?")[0]:
            return "named in the address"
        return "shown" if any(word in words and word not in sent for word in canaries) else ""

    def _judge(self, mine: list[Any], why: str, status: int, by: UUID) -> Iterable[str]:
        if len(mine) > 1:
            yield f"{len(mine)} entries for one act on one patient"
        if why and not mine:
            yield f"no entry for a patient who was {why} ({status})"
        for _patient, action, outcome, who in mine:
            if who != by:
                yield "an entry in another's name"
            if (outcome == "ok") != (status < 400):
                yield f"an entry says {outcome} of an answer {status}"
            if why == "changed" and action not in ("write", "export"):
                yield f"an entry says {action} of a change"
            if status == 403 and action != "refused":
                yield f"an entry says {action} of a refusal"


def _ask(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
