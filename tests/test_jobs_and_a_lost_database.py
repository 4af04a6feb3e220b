"""A database that is lost while a job is deferred is known as lost: the act is run again, and nobody sees an error page."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from salus.core.act import system_act
from salus.core.announce import announce
from salus.core.ids import uuid7
from salus.core.lost import is_lost
from salus.core.rights import all_rights
from salus.encounters.facts import EncounterStarted


@pytest.mark.guarantee("B30")
def test_a_connection_lost_while_a_job_is_deferred_is_a_lost_connection(cast) -> None:
    """The kill test found it: procrastinate calls every error of the database by one name of its own."""

    def lose(execute: Any, sql: Any, *rest: Any) -> Any:
        if "procrastinate_defer_jobs" in str(sql):
            with connection.wrap_database_errors:
                raise psycopg.OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    act = system_act(rights=all_rights(), door="test", facility_id=cast.facility.id)
    began = EncounterStarted(
        patient_id=uuid7(), encounter_id=uuid7(), department_id=uuid7(), practitioner_id=None, service_code="x"
    )
    with pytest.raises(OperationalError) as raised, transaction.atomic(), connection.execute_wrapper(lose):
        announce(act, began)
    assert is_lost(raised.value)
