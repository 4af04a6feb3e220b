"""The ground that every other test stands on."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_tests_run_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, database = cursor.fetchone()
    assert user == "salus_app"
    assert database.startswith("salus_test_")


def test_a_real_database_commits(real_db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_idempotencykey (by_id, key, request_hash) VALUES (uuidv7(), 'x', '')")
    with real_db.connect("owner") as other:
        assert other.execute("SELECT count(*) FROM core_idempotencykey").fetchone() == (1,)


def test_a_server_answers(salus_server) -> None:
    assert salus_server.url


def test_the_cast_lives_in_the_transaction(cast) -> None:
    assert cast.user("nurse").username == "nurse"


def test_the_cast_lives_in_a_real_database(real_db, cast) -> None:
    cast.user("nurse")
    with real_db.connect() as other:
        assert other.execute("SELECT username FROM accounts_user").fetchall() == [("nurse",)]
