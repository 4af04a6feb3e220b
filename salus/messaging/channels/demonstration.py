"""The demonstration's way out: nothing leaves the house, and the log shows what would have been sent."""

from salus.messaging.channels.answers import Answer, Parcel


class Outbox:
    """An outbox to look at: the log's page of a message shows its text, and that it went nowhere."""

    way = "demonstration"
    is_safe_to_repeat = True

    def send(self, parcel: Parcel) -> Answer:
        """Keep it where it is."""
        return Answer("sent")
