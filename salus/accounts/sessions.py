"""Sessions in the database: rows whose cookie's key is known only as a hash, that lock, turn their key and end.

Django's middleware drives it (`SESSION_ENGINE`). One statement loads a session and notes that its person was there; it is
not waited for on disk, because the loss of the last fraction of a second of it costs nobody anything.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection

from salus.accounts.models import Session
from salus.accounts.queries import hash_of
from salus.accounts.rules import sessions as rules
from salus.accounts.rules.sessions import Standing
from salus.core.engine import prepared

#: as Django asks; it makes keys of 32 letters and digits
_SHORTEST = 8
_COLUMNS = [str(one.column) for one in Session._meta.concrete_fields]
_QUICK = "quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),"
_LOAD = """
    WITH {quick} found AS MATERIALIZED (
        SELECT s.* FROM accounts_session s {beside}
        WHERE (s.key_hash = %(hash)s OR s.former_hash = %(hash)s AND s.turned_at > %(now)s - %(turning)s)
          AND s.ended_at IS NULL AND s.ends_at > %(now)s
    ), seen AS (
        UPDATE accounts_session s SET last_seen_at = %(now)s FROM found
        WHERE s.id = found.id AND %(attended)s AND found.user_id IS NOT NULL AND found.locked_at IS NULL
          AND found.last_seen_at <= %(now)s - %(touch)s AND found.last_seen_at > %(now)s - found.idle
    )
    SELECT {columns} FROM found
"""
_LOADS = {
    quick: _LOAD.format(columns=", ".join(_COLUMNS), quick=_QUICK if quick else "", beside=", quick" if quick else "")
    for quick in (True, False)
}


class SessionStore(SessionBase):
    """One session. `row` is what the database holds of it (None before it is saved first).

    :param attended: whether a person is there; a page that only renews itself keeps no session open
    """

    def __init__(self, session_key: str | None = None, *, attended: bool = True) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        self.attended = attended
        #: how a session begins that has no row yet
        self.opening: dict[str, Any] = {}

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie with bytes that PostgreSQL cannot store asks for nothing."""
        return key is not None and len(key) >= _SHORTEST and key.isascii() and key.isalnum()

    @property
    def standing(self) -> Standing:
        """Whether its person may go on; a session without a row has ended."""
        self._get_session()  # type: ignore[attr-defined]
        row = self.row
        if row is None:
            return Standing.ENDED
        return rules.standing(
            kind=row.kind,
            last_seen_at=row.last_seen_at,
            idle=row.idle,
            ends_at=row.ends_at,
            locked_at=row.locked_at,
            ended_at=row.ended_at,
            now=datetime.now(UTC),
        )

    @property
    def is_former(self) -> bool:
        """Whether the browser came with the key before the last turn: it is let in, and proves nothing new."""
        return self.row is not None and bytes(self.row.key_hash) != hash_of(self.session_key or "")

    # ------------------------------------------------------------ what Django asks for

    def load(self) -> dict[str, Any]:
        self.row = _load(self.session_key, self.attended) if self.session_key else None
        if self.row is None:
            self._session_key = None
            return {}
        known: dict[str, Any] = json.loads(self.row.data)
        return known

    def exists(self, session_key: str | None = None) -> bool:
        return session_key is not None and Session.objects.filter(key_hash=hash_of(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.row = None
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if self.session_key is None:
            return self.create()
        values = {"data": json.dumps(data), "user_id": data.get(SESSION_KEY)}
        if must_create:
            if self.exists(self.session_key):
                raise CreateError
            self.row = _new_row(self.session_key, values | self.opening)
            return None
        if self.row is not None and (self.row.data, str(self.row.user_id or "")) == (
            values["data"],
            values["user_id"] or "",
        ):
            return None  # only its key was turned, and that is written
        if self.row is None or not Session.objects.filter(id=self.row.id, ended_at=None).update(**values):
            raise UpdateError
        self.row.data, self.row.user_id = values["data"], values["user_id"] and UUID(values["user_id"])
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End it: the row stays, as one of the sessions that were."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_hash=hash_of(key), ended_at=None).update(ended_at=datetime.now(UTC))

    @classmethod
    def clear_expired(cls) -> None:
        """Forget what ended a month ago."""
        Session.objects.filter(ends_at__lt=datetime.now(UTC) - timedelta(days=30)).delete()

    # ------------------------------------------------------------ what sessions of Salus do beside

    def change(self, **values: Any) -> None:
        """Write columns of the row at once."""
        self._get_session()  # type: ignore[attr-defined]
        if self.row is None:
            self.create()
        assert self.row is not None
        for name, value in values.items():
            setattr(self.row, name, value)
        Session.objects.filter(id=self.row.id).update(**values)

    @classmethod
    def resume(cls, row: Session) -> "SessionStore":
        """Take up a session that waits at this workstation while the browser's cookie is another one's."""
        store = cls()
        store.row, store._session_cache = row, json.loads(row.data)  # type: ignore[attr-defined]
        store._session_key = store._get_new_session_key()  # type: ignore[attr-defined]
        store.change(key_hash=hash_of(store.session_key or ""), former_hash=None)
        store.modified = True
        return store

    def turn_key(self, **also: Any) -> None:
        """A new key for the same session: after each elevation, so that a key that was seen before is worth nothing.

        :param also: other columns of the row, written with it
        """
        if self.row is None or self.session_key is None:
            return
        former = hash_of(self.session_key)
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.change(key_hash=hash_of(self.session_key), former_hash=former, turned_at=datetime.now(UTC), **also)
        self.modified = True


def _load(key: str, attended: bool) -> Session | None:
    # Inside somebody's transaction the setting would also hold for what that commits.
    statement = _LOADS[not connection.in_atomic_block]
    values = {
        "hash": hash_of(key),
        "now": datetime.now(UTC),
        "attended": attended,
        "turning": rules.TURNING,
        "touch": rules.TOUCH,
    }
    with prepared() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return None if row is None else Session.from_db(connection.alias, _COLUMNS, row)


def _new_row(key: str, values: dict[str, Any]) -> Session:
    now = datetime.now(UTC)
    kind = values.get("kind", rules.PRIVATE)
    defaults: dict[str, Any] = {
        "opened_at": now,
        "last_seen_at": now,
        "idle": idle_of(kind),
        "ends_at": now + (rules.LONGEST if values["user_id"] else rules.ARRIVING),
    }
    return Session.objects.create(key_hash=hash_of(key), **(defaults | values))


def idle_of(kind: str) -> timedelta:
    """The idle time of a kind of device, the hospital's own (`SALUS_IDLE_PRIVATE`, ...) where it is given."""
    return rules.idle_for(kind, os.environ.get(f"SALUS_IDLE_{kind.upper()}"))
