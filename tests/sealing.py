"""Sealing in tests that run side by side on one server."""

#: A snapshot counts transactions of all databases of a server; tests beside us hold theirs open. Ours alone are asked here.
SETTLED_HERE = """
    SELECT coalesce(min(backend_xid::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_stat_activity WHERE datname = current_database()
"""
