"""What messaging does by itself: it sends, right after a message was queued and every minute; and it forgets texts."""

from procrastinate.contrib.django import app

from salus.messaging import keeping, sending


@app.task(name="messaging.send_message", queue="messages")
def send_message(message_id: str) -> None:
    """A message was queued: whatever is due goes out. It says who woke the sender up, who sends in order."""
    sending.send_all_due()


@app.task(name="messaging.send_waiting", queueing_lock="messaging.send_waiting", queue="messages")
def send_waiting(timestamp: int = 0) -> None:
    """What was put off, or lay in quiet hours, or was left by a sender that died; late, twice or beside another."""
    sending.send_all_due()


@app.task(name="messaging.forget_texts", queueing_lock="messaging.forget_texts")
def forget_texts(timestamp: int = 0) -> int:
    """Delete texts and addresses that nobody needs any more; returns how many. The log of the messages stays."""
    return keeping.forget_texts()
