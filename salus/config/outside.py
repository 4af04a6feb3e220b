"""The ways out of the house: the mail server and the SMS gateway, from the environment; secrets also from files of mode 0600.

Pure Python: settings stand on it.
"""

import json
import os
from pathlib import Path
from typing import Any

from salus.config.trouble import Trouble

_KNOWN = {"url", "method", "headers", "body", "receipt", "is_safe_to_repeat"}
#: no way out may talk longer than a sender's lease
_LONGEST = 30


def mail() -> dict[str, Any]:
    """The mail server; its host is empty where there is none."""
    host = os.environ.get("SALUS_MAIL_HOST", "")
    tls = os.environ.get("SALUS_MAIL_TLS", "starttls")
    if tls not in ("starttls", "tls", "off"):
        raise Trouble("SALUS_MAIL_TLS is none of starttls, tls, off")
    if host and "@" not in os.environ.get("SALUS_MAIL_FROM", ""):
        raise Trouble("SALUS_MAIL_HOST is set, and SALUS_MAIL_FROM does not say from which address mail is sent")
    return {
        "host": host,
        "port": _number("SALUS_MAIL_PORT", 465 if tls == "tls" else 587),
        "sender": os.environ.get("SALUS_MAIL_FROM", ""),
        "user": os.environ.get("SALUS_MAIL_USER", ""),
        "password": _secret("SALUS_MAIL_PASSWORD"),
        "tls": tls,
        "timeout": float(min(_number("SALUS_MAIL_TIMEOUT", 15), _LONGEST)),
    }


def sms() -> dict[str, Any]:
    """The SMS gateway; its url is empty where there is none.

    `SALUS_SMS_FILE` names a JSON file with `url`, `headers`, `body`, `receipt`, ...; single variables stand above it.
    """
    told = os.environ.get("SALUS_SMS_FILE")
    known: dict[str, Any] = {"url": "", **(_read(Path(told)) if told else {})}
    for name in ("url", "method", "body", "receipt"):
        if text := os.environ.get(f"SALUS_SMS_{name.upper()}"):
            known[name] = text
    if headers := _secret("SALUS_SMS_HEADERS"):
        known["headers"] = _json(headers, "SALUS_SMS_HEADERS")
    if os.environ.get("SALUS_SMS_REPEATS") == "1":
        known["is_safe_to_repeat"] = True
    known["timeout"] = float(min(_number("SALUS_SMS_TIMEOUT", 15), _LONGEST))
    return known


def reminders() -> list[int]:
    """Hours before an appointment at which the patient is reminded."""
    told = [one.strip() for one in os.environ.get("SALUS_REMINDERS", "48,3").split(",") if one.strip()]
    if not all(one.isascii() and one.isdigit() and 0 < int(one) <= 336 for one in told):
        raise Trouble("SALUS_REMINDERS is a list of hours from 1 to 336, such as 48,3")
    return sorted({int(one) for one in told}, reverse=True)


def _number(name: str, usual: int) -> int:
    text = os.environ.get(name, "") or str(usual)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Trouble(f"{name} is no number that fits")
    return int(text)


def papers_certificate() -> tuple[str, str]:
    """The hospital's own key and certificate for its papers: the path of a PKCS #12 file, and its password."""
    return os.environ.get("SALUS_PAPERS_P12", ""), _secret("SALUS_PAPERS_P12_PASSWORD")


def _secret(name: str) -> str:
    """A secret of the environment, or of the file that `<name>_FILE` names."""
    told = os.environ.get(f"{name}_FILE")
    return _private(Path(told)).strip() if told else os.environ.get(name, "")


def _read(path: Path) -> dict[str, Any]:
    found = _json(_private(path), str(path))
    if unknown := found.keys() - _KNOWN:
        raise Trouble(f"{path} says {min(unknown)}, which no gateway has")
    return found


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Trouble(f"{name} holds no JSON object")
    return found


def _private(path: Path) -> str:
    """What stands in a file that only we may read.

    :raises Trouble: if others may, or it cannot be read
    """
    try:
        if path.stat().st_mode & 0o077:
            raise Trouble(f"{path} may be read by others: chmod 600")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}") from None
