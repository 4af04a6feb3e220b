"""Uploads stay in memory until they are sealed: no photo and no document ever lies in a temporary file in plain."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class InMemory(MemoryFileUploadHandler):
    """Django's own, which would leave what is larger to the disk; here it is refused before it is read."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Decide by the length that the request declares.

        :raises RequestDataTooBig: if it is larger than `FILE_UPLOAD_MAX_MEMORY_SIZE`
        """
        super().handle_raw_input(*args, **kwargs)
        if not self.activated:
            raise RequestDataTooBig("larger than FILE_UPLOAD_MAX_MEMORY_SIZE")
