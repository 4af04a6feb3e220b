"""A browser's address at its push service is sealed, and found by its blind index."""

from salus.core import crypto

ENDPOINT = "push-endpoint"


def endpoint_index(endpoint: str) -> bytes:
    """The blind index of an address as it is kept."""
    return crypto.blind_index(ENDPOINT, endpoint)
