"""Who somebody is, where he is reached and what he was told stands sealed in one table, and nowhere else."""

import logging
import re

import pytest
from django.db import connection

from salus.messaging import sending
from salus.messaging.channels import Answer
from salus.messaging.models import Content
from salus.messaging.tests.builders import Clock, Wire, a_message, somebody
from tests.canaries import Ear, found, plant

PERSON = {"name": "Zebedaiah-Canary", "email": "zebedaiah@canary.example", "phone": "+447700987654"}
TABLES = (
    "messaging_message",
    "messaging_message_history",
    "messaging_content",
    "messaging_peer",
    "procrastinate_jobs",
    "core_fact",
    "core_rowversion",
)


@pytest.mark.guarantee("B56", "S16")
def test_nothing_of_a_person_is_in_logs_jobs_facts_or_plain_columns(cast, monkeypatch):
    plant(PERSON)
    ear = Ear()
    logging.getLogger().addHandler(ear)
    wire = Wire(answers=[Answer("later", "smtp-451"), Answer("refused", "smtp-550")])
    monkeypatch.setattr("salus.messaging.sending.sender_of", lambda channel: wire)
    for where in ("sending", "services.queueing"):
        monkeypatch.setattr(f"salus.messaging.{where}.in_use", lambda: frozenset({"sms", "email"}))

    def fail(parcel):
        raise RuntimeError(f"cannot write to {parcel.address}: {parcel.body}")

    clock = Clock()
    a_message(cast, somebody(**PERSON))
    a_message(cast, somebody(**PERSON | {"phone": ""}))
    for _ in range(4):
        sending.send_all_due(clock)
        clock.forward(minutes=40)
    wire.when_told = fail
    a_message(cast, somebody(**PERSON), at=clock.now)
    sending.send_all_due(clock)
    logging.getLogger().removeHandler(ear)
    assert ear.heard == []
    assert Content.objects.first().address in PERSON.values(), "it can be opened"
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, ' ') FROM {table} t")
            content = (cursor.fetchone()[0] or "").encode()
        sealed = [bytes.fromhex(one) for one in re.findall(r"\\\\x([0-9a-f]+)", content.decode())]
        assert found(PERSON.values(), content) == [], table
        assert found(PERSON.values(), b" ".join(sealed)) == [], table
