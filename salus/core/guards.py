"""What the database itself holds for every table: versions with history, no deletion, append-only logs.

Installed after each migration for every model that is a `Record` or `AppendOnly`, so that a new table has them by
itself. All statements may run again.

Sealed columns and their blind indexes may be made anew with another key (`salus keys rotate`) without a new version, and in
histories too: only by the tables' owner, in a transaction that says so (`salus.resealing`), and nothing else may differ.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.backends.utils import CursorWrapper

from salus.core.fields import BlindIndexField, EncryptedField, SealedField
from salus.core.models import AppendOnly, Record

FUNCTIONS = """
CREATE OR REPLACE FUNCTION core_only_resealed(relation oid, before jsonb, after jsonb, sealed text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation)
       OR (before - coalesce(sealed, '{}')) IS DISTINCT FROM (after - coalesce(sealed, '{}')) THEN
        RAISE EXCEPTION 'sealing anew changes sealed columns alone, and only the owner does it'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
CREATE OR REPLACE FUNCTION core_keep_version() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
    this_moment timestamptz := clock_timestamp();
BEGIN
    IF current_setting('salus.resealing', true) = 'on' THEN
        PERFORM core_only_resealed(TG_RELID, to_jsonb(OLD), to_jsonb(NEW), TG_ARGV);
        RETURN NEW;
    END IF;
    EXECUTE format('INSERT INTO %I (row_id, version, valid_from, valid_until, row) VALUES ($1, $2, $3, $4, $5)',
                   TG_TABLE_NAME || '_history') USING OLD.id, OLD.version, OLD.updated_at, this_moment, to_jsonb(OLD);
    NEW.version := OLD.version + 1;
    NEW.created_at := OLD.created_at;
    NEW.updated_at := this_moment;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION core_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('salus.resealing', true) = 'on' THEN
        IF TG_TABLE_NAME ~ '_history$' THEN
            PERFORM core_only_resealed(TG_RELID, to_jsonb(OLD) - 'row', to_jsonb(NEW) - 'row', '{}');
            PERFORM core_only_resealed(TG_RELID, OLD.row, NEW.row, TG_ARGV);
        ELSE
            PERFORM core_only_resealed(TG_RELID, to_jsonb(OLD), to_jsonb(NEW), TG_ARGV);
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: its rows stay', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE FUNCTION core_digest(kept jsonb, sealed text[]) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(convert_to((kept - coalesce(sealed, '{}'))::text, 'UTF8'));
CREATE OR REPLACE FUNCTION core_note_versions() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
BEGIN
    IF current_setting('salus.resealing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO core_rowversion ("table", row_id, version, digest)
    SELECT TG_TABLE_NAME, id, version, core_digest(to_jsonb(fresh), TG_ARGV) FROM fresh;
    RETURN NULL;
END $$;
"""

VERSIONED = """
CREATE TABLE IF NOT EXISTS {table}_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row_id uuid NOT NULL, version integer NOT NULL, valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL DEFAULT clock_timestamp(), xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    row jsonb NOT NULL, UNIQUE (row_id, version));
CREATE OR REPLACE TRIGGER keep_version BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION core_keep_version({sealed});
CREATE OR REPLACE TRIGGER never_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER never_truncated BEFORE TRUNCATE ON {table} EXECUTE FUNCTION core_refuse();
CREATE OR REPLACE TRIGGER note_made AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION core_note_versions({sealed});
CREATE OR REPLACE TRIGGER note_changed AFTER UPDATE ON {table} REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION core_note_versions({sealed});
"""

#: Which columns the digests of a table were made from stands as a comment on its trigger. Columns that are sealed with keys
#: are in no digest: they are sealed anew when keys change, and their seal itself shows who altered them. Nor are their
#: blind indexes, which are made of them.
_SHAPE = """
SELECT coalesce((SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger
                 WHERE tgrelid = '{table}'::regclass AND tgname = 'note_made'), ''),
       (SELECT md5(ARRAY[{sealed}]::text[]::text
                   || string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attname))
        FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped)
"""
NOTE_WHAT_STANDS = """
INSERT INTO core_rowversion ("table", row_id, version, digest)
SELECT '{table}', id, version, core_digest(to_jsonb(row), ARRAY[{sealed}]::text[]) FROM {table} row;
COMMENT ON TRIGGER note_made ON {table} IS '{shape}';
"""
#: once, where digests held blind indexes before they could change
NOTE_HISTORY = """
INSERT INTO core_rowversion ("table", row_id, version, digest)
SELECT '{table}', row_id, version, core_digest(row, ARRAY[{sealed}]::text[]) FROM {table}_history;
"""
_NO_INDEXES = " without indexes"

APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
    EXECUTE FUNCTION core_refuse({sealed});
CREATE OR REPLACE TRIGGER never_truncated BEFORE TRUNCATE ON {table} EXECUTE FUNCTION core_refuse();
"""


def install(app_config: AppConfig, using: str, **_: Any) -> None:
    """Install the guards of one room's tables (a `post_migrate` receiver)."""
    tables = [model for model in app_config.get_models() if issubclass(model, (Record, AppendOnly))]
    if not tables:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(FUNCTIONS)
        for model in tables:
            _guard(cursor, model)


def _guard(cursor: CursorWrapper, model: type[models.Model]) -> None:
    table = model._meta.db_table
    sealed = ", ".join(f"'{column}'" for column in keyed_columns(model))
    if issubclass(model, AppendOnly):
        cursor.execute(APPEND_ONLY.format(table=table, sealed=sealed))
    else:
        cursor.execute(VERSIONED.format(table=table, sealed=sealed))
        cursor.execute(APPEND_ONLY.format(table=f"{table}_history", sealed=sealed))
        _note_what_stands(cursor, table, sealed, has_indexes=bool(index_columns(model)))


def sealed_columns(model: type[models.Model]) -> list[str]:
    """The columns of a table that only the keyring opens."""
    return [str(f.column) for f in model._meta.concrete_fields if isinstance(f, (EncryptedField, SealedField))]


def index_columns(model: type[models.Model]) -> list[str]:
    """The columns of a table that are blind indexes of its sealed ones."""
    return [
        str(f.column)
        for f in model._meta.concrete_fields
        if isinstance(f.base_field if isinstance(f, ArrayField) else f, BlindIndexField)
    ]


def keyed_columns(model: type[models.Model]) -> list[str]:
    """The columns that change with the keys and are in no digest: what is sealed, and its indexes."""
    return [*sealed_columns(model), *index_columns(model)]


def _note_what_stands(cursor: CursorWrapper, table: str, sealed: str, *, has_indexes: bool) -> None:
    """Digests for rows that a migration has given another shape, or that are older than digests; else nothing.

    Only then: rows that differ from their digests for any other reason must stay so, to be found. (Django's connections are
    in UTC, as the triggers are.)
    """
    cursor.execute(_SHAPE.format(table=table, sealed=sealed))
    known, shape = cursor.fetchone()
    shape += _NO_INDEXES if has_indexes else ""
    if known != shape:
        cursor.execute(NOTE_WHAT_STANDS.format(table=table, sealed=sealed, shape=shape))
        if has_indexes and known and not known.endswith(_NO_INDEXES):
            cursor.execute(NOTE_HISTORY.format(table=table, sealed=sealed))


def sealed_by_table() -> dict[str, list[str]]:
    """Table of records -> its columns that no digest holds, because they change with the keys."""
    return {model._meta.db_table: keyed_columns(model) for model in _concrete(Record)}


def record_tables() -> list[str]:
    """The tables whose rows have versions and stay."""
    return sorted(m._meta.db_table for m in _concrete(Record))


def append_only_tables() -> list[str]:
    """The tables that the application's role may only add to: logs, and every history."""
    logs = [m._meta.db_table for m in _concrete(AppendOnly)]
    return sorted(logs + [f"{table}_history" for table in record_tables()])


def _concrete(base: type[models.Model]) -> Iterable[type[models.Model]]:
    return (m for m in apps.get_models() if issubclass(m, base))
