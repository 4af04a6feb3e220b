"""The pool and the prepared statements of the database engine."""

from typing import Any

import pytest
from django.db import connection
from psycopg import OperationalError

from salus.core.engine import prepared
from salus.core.engine.base import DatabaseWrapper, Pool, see_that_it_lives


@pytest.fixture
def pool(db: None) -> Any:
    settings = connection.settings_dict | {"OPTIONS": connection.settings_dict["OPTIONS"]}
    wrapper = DatabaseWrapper(settings, "default")
    pool = Pool(
        kwargs=wrapper.get_connection_params() | {"autocommit": True, "dbname": settings["NAME"]},
        open=True, min_size=1, max_size=4, check=see_that_it_lives,
    )  # fmt: skip
    yield pool
    pool.close()


def test_the_connection_that_was_used_last_is_given_next(pool) -> None:
    """Protects the warm caches of the server's processes: a queue would lead to the coldest one."""
    pool.wait()
    first, second, third = (pool.getconn() for _n in range(3))
    for one in (third, first, second):
        pool.putconn(one)
    assert pool.getconn() is second
    assert pool.getconn() is first


def test_a_connection_that_the_server_ended_is_not_given(pool) -> None:
    """Protects from an error for the first person after a restart of the database."""
    held = pool.getconn()
    number = held.info.backend_pid
    pool.putconn(held)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    with pytest.raises(OperationalError):
        see_that_it_lives(held)
    again = pool.getconn(timeout=5)
    assert again.info.backend_pid != number
    assert again.execute("SELECT 1").fetchone() == (1,)
    pool.putconn(again)


def test_a_prepared_statement_is_planned_once_for_a_connection(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection.connection._prepared.clear()
    for value in (1, 2, 3):
        with prepared() as cursor:
            cursor.execute("SELECT %s::int + 41 AS found_once", [value])
            assert cursor.fetchone() == (value + 41,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), max(generic_plans + custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%%found_once%%'"
        )
        assert cursor.fetchone() == (1, 3)


def test_a_prepared_statement_is_seen_by_who_counts_statements(db: None) -> None:
    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note), prepared() as cursor:
        cursor.execute("SELECT 1")
    assert seen == ["SELECT 1"]
