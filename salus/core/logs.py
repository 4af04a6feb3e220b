"""One JSON line for each log record: request id and route name, never a query string, a body or a name."""

import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

_STATUSES = frozenset(HTTPStatus)


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON; an exception is told by type and place, not by its message.

    A database error's message can quote a row, so messages of exceptions stay out of the log.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            line["request_id"] = str(getattr(request, "id", ""))
            line["route"] = match.view_name if match else None
            line["method"] = getattr(request, "method", None)
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        # Django's request log puts the path into its arguments: the route name and the status say enough.
        if record.name.startswith("django.request"):
            status = getattr(record, "status_code", None)
            return f"{status} {HTTPStatus(status).phrase}" if status in _STATUSES else "a request failed"
        return record.getMessage()


def _places(trace: Any) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/salus/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
