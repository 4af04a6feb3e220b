"""Django's PostgreSQL backend, whose pool gives the connection that was used last and asks nothing of one that is well."""

import select
from typing import Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

_django: Any = base  # its stubs leave out what is extended here
#: psycopg prepares what a cursor asked so often; Django's own cursors never do
_NOT_BY_ITSELF = 1_000_000_000


class Pool(ConnectionPool["psycopg.Connection[Any]"]):
    """A pool as a stack: a server process that was at work a moment ago has its caches warm, and what is idle can close."""

    def _get_ready_connection(self, timeout: float | None) -> "psycopg.Connection[Any] | None":
        if self._pool:
            self._pool.rotate(1)  # the one that was put back last comes first
        return super()._get_ready_connection(timeout)


def see_that_it_lives(connection: "psycopg.Connection[Any]") -> None:
    """Look whether the server said something that nobody asked for, as it does when it ends; a round trip only then.

    :raises psycopg.OperationalError: if the connection is lost
    """
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if heard.poll(0):
        connection.execute("")


class _Prepared(_django.ServerBindingCursor):  # type: ignore[misc]
    """Every statement is prepared, the first time on a connection."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        return super().execute(query, params, **({"prepare": True} | more))

    def _send_query_prepared(self, name: bytes, pgq: Any, **more: Any) -> None:
        self._query = pgq  # what Django's list of queries shows
        super()._send_query_prepared(name, pgq, **more)


class DatabaseWrapper(_django.DatabaseWrapper):  # type: ignore[misc]
    """`OPTIONS["pool"]` are the settings of the pool, as with Django's own; without it there is none."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with statements prepared where a cursor of `prepared` asks for it."""
        known: dict[str, Any] = super().get_connection_params()
        return known | {"prepare_threshold": _NOT_BY_ITSELF}

    def prepared(self) -> Any:
        """See `salus.core.engine.prepared`."""
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(_Prepared(self.connection))

    @property
    def pool(self) -> Pool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            made = Pool(
                kwargs=self.get_connection_params() | {"autocommit": True},  # Django sets it later on
                open=False,
                configure=self._configure_connection,
                check=see_that_it_lives,
                **options,
            )
            # two threads may come here at once: the first to put its pool there wins, and the other's was never opened
            self._connection_pools.setdefault(self.alias, made)
        found: Pool = self._connection_pools[self.alias]
        return found
