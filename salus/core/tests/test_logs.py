"""One line for each record, and nothing in it that says who was looked at."""

import json
import logging

import pytest
from django.test import RequestFactory
from django.utils.log import log_response

from salus.core.logs import JsonFormatter


@pytest.mark.guarantee("B57")
@pytest.mark.parametrize(("status", "said"), [(404, "404 Not Found"), (500, "500 Internal Server Error")])
def test_a_failed_request_is_told_by_its_status_and_never_by_its_path(caplog, status, said):
    class Answer:
        status_code, reason_phrase = status, "Reason"

    request = RequestFactory().get("/patients/some-id?name=Ashdown")
    with caplog.at_level(logging.WARNING, "django.request"):
        log_response("%s: %s", "Reason", request.path, response=Answer(), request=request)  # type: ignore[arg-type]
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (line["message"], line["method"]) == (said, "GET")
    assert not {"some-id", "Ashdown", "%s"} & set(json.dumps(line).replace('"', " ").split())


def test_a_message_of_ours_is_filled_in():
    record = logging.LogRecord("salus.x", logging.INFO, "", 0, "%s of %s", (1, 2), None)
    assert json.loads(JsonFormatter().format(record))["message"] == "1 of 2"
