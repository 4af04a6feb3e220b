"""Web push before a push service that nobody here wrote: it opens what is sealed for its browser, and takes it from us alone."""

from uuid import uuid4

import pytest

from salus.messaging.channels.answers import Answer, Parcel
from salus.messaging.channels.push import WebPush, public_key
from tests.peers import push as peers
from tests.ports import free_port

pytestmark = pytest.mark.skipif(
    not peers.PROGRAM.exists(), reason="web-push-testing is not there: `make .cache/peers/push` (needs Node)"
)


def test_it_is_read_by_the_browser_alone_and_taken_from_us_alone(tmp_path):
    service = peers.PushService(free_port())
    try:
        ours = WebPush(tmp_path / "ours", "mailto:it@example.org", may_go_to=lambda _endpoint: True)
        other = WebPush(tmp_path / "other", "mailto:it@example.org", may_go_to=lambda _endpoint: True)
        browser, second = (service.browser(public_key(ours.key_file)) for _ in range(2))
        parcel = Parcel(uuid4(), "", "", "You have a message.", browsers=[browser])
        assert ours.send(parcel) == Answer("sent")
        assert service.read_by(browser) == ['{"body": "You have a message."}']
        assert other.send(parcel).fate == "refused"
        assert len(service.read_by(browser)) == 1
        service.expire(browser)
        both = Parcel(uuid4(), "", "", "You have another.", browsers=[browser, second])
        assert ours.send(both) == Answer("sent", gone=(browser.id,))
        assert service.read_by(second) == ['{"body": "You have another."}']
    finally:
        service.stop()
