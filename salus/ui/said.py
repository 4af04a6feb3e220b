"""What a page says once, carried in a cookie: it is taken away under the same terms under which it was given."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class SaidOnce(CookieStorage):
    """Django's messages in a cookie. Django takes the cookie away with one that is neither Secure nor HttpOnly."""

    def _update_cookie(self, encoded_data: Any, response: Any) -> None:
        super()._update_cookie(encoded_data, response)  # type: ignore[misc]  # its stubs leave it out
        if not encoded_data:
            gone = response.cookies[self.cookie_name]
            gone["secure"] = settings.SESSION_COOKIE_SECURE
            gone["httponly"] = settings.SESSION_COOKIE_HTTPONLY
