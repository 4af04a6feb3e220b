"""Live pages: a topic that changed reaches every stream that has a ticket for it, and nothing else does."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from salus.core import live, streams


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[streams.Hub]:
    mine = streams.Hub()
    monkeypatch.setattr(streams, "hub", mine)
    yield mine
    mine.stop()
    assert not mine._boxes


def _reading(answer: Any) -> list[str]:
    """What the stream says from now on, gathered by a thread until it ends."""
    said: list[str] = []

    def read() -> None:
        for piece in answer.streaming_content:
            said.append(piece.decode())
        answer.close()

    threading.Thread(target=read, daemon=True).start()
    return said


def _until(said: list[str], word: str) -> float:
    began = time.monotonic()
    while not any(word in one for one in said):
        assert time.monotonic() - began < 5, said
        time.sleep(0.005)
    return time.monotonic() - began


def _stop(hub: streams.Hub) -> None:
    hub.stop()
    began = time.monotonic()
    while hub._boxes:
        assert time.monotonic() - began < 5
        time.sleep(0.01)


@pytest.mark.race
def test_a_change_is_heard_at_its_commit_by_those_with_a_ticket(real_db: Any, hub: streams.Hub) -> None:
    mine = _reading(Client().get("/live", {"t": [live.ticket("queue:1"), live.ticket("day:1")]}))
    another = _reading(Client().get("/live", {"t": live.ticket("queue:2")}))
    _until(mine, "event: hello")
    _until(another, "event: hello")
    with transaction.atomic():
        live.changed("queue:1", "queue:1")
        time.sleep(0.1)
        assert not any("changed" in one for one in mine)
    assert _until(mine, "event: changed\ndata: queue:1\n\n") < 0.5
    with transaction.atomic():
        live.changed("day:1")
        transaction.set_rollback(True)
    time.sleep(0.1)
    assert not any("day:1" in one or "queue:2" in one for one in mine + another)
    _stop(hub)


@pytest.mark.race
def test_a_lost_database_is_told_and_found_again(real_db: Any, hub: streams.Hub) -> None:
    mine = _reading(Client().get("/live", {"t": live.ticket("queue:1")}))
    _until(mine, "event: hello")
    mine.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
    _until(mine, "event: away")
    _until(mine, "event: hello")
    live.changed("queue:1")
    _until(mine, "data: queue:1")
    _stop(hub)


def test_only_tickets_of_ours_that_are_not_old_open_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects: nobody listens to a topic that no page showed him."""
    good = live.ticket("queue:1")
    assert live.topic_of(good) == "queue:1"
    for bad in ("queue:1", "queue:2" + good[7:], good[:-1], ""):
        assert live.topic_of(bad) is None
        assert Client().get("/live", {"t": bad}).status_code == 422
    monkeypatch.setattr(live, "LASTING", timedelta(seconds=-1))
    assert live.topic_of(good) is None


def test_a_process_keeps_so_many_streams_and_no_more(hub: streams.Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 1)
    topics = frozenset({"queue:1"})
    monkeypatch.setattr(hub, "_listen", lambda: None)
    box = hub.open(topics)
    assert Client().get("/live", {"t": live.ticket("queue:1")}).status_code == 503
    hub.close(box, topics)
    hub.close(hub.open(topics), topics)


@pytest.mark.parametrize("topic", ["Jane Doe", "queue:~", "a" * 201, "Zoë"])
def test_a_topic_is_a_kind_and_an_id(topic: str) -> None:
    with pytest.raises(ValueError, match="not a topic"):
        live.changed(topic)
