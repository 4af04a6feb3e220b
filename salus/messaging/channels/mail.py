"""E-mail by SMTP. The Message-ID is made from the message's id: whoever gets it twice can tell that it is the same."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from salus.messaging.channels.answers import Answer, Parcel

#: SMTP reply codes from here on refuse for good (RFC 5321, 4.2.1)
_FOR_GOOD = 500


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server.

    :ivar tls: `starttls` refuses to go on without it; `tls` begins with it; `off` only for a server on this machine
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    tls: Literal["starttls", "tls", "off"] = "starttls"
    timeout: float = 15.0
    way: str = "smtp"
    #: by its Message-ID
    is_safe_to_repeat: bool = True

    def send(self, parcel: Parcel) -> Answer:
        """Hand it to the mail server."""
        try:
            mail = self.letter(parcel)
        except ValueError:  # an address that is none
            return Answer("refused", "address")
        try:
            with self._server() as server:
                return self._hand_over(server, mail, parcel)
        except smtplib.SMTPAuthenticationError as error:
            return Answer("down", f"sign-in-{error.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            return Answer("down", _named(error))

    def letter(self, parcel: Parcel) -> EmailMessage:
        """The message as it goes out.

        :raises ValueError: if the address is none
        """
        mail = EmailMessage(policy=SMTP)
        domain = self.sender.rpartition("@")[2] or "localhost"
        mail["Message-ID"] = f"<{parcel.id}@{domain}>"
        mail["From"] = Address(parcel.facility, addr_spec=self.sender)
        mail["To"] = Address(addr_spec=parcel.address)
        mail["Subject"] = parcel.subject
        mail["Content-Language"] = parcel.language
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.set_content(parcel.body + "\n")
        for file in parcel.files:
            main, _, sub = file.media_type.partition(";")[0].partition("/")
            parameters = dict(one.strip().split("=", 1) for one in file.media_type.split(";")[1:])
            mail.add_attachment(file.content, main, sub, filename=file.name, params=parameters or None)
        return mail

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage, parcel: Parcel) -> Answer:
        try:
            server.send_message(mail, self.sender, [parcel.address])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return Answer("refused" if code >= _FOR_GOOD else "later", f"smtp-{code}")
        except smtplib.SMTPSenderRefused as error:
            return Answer("down", f"smtp-{error.smtp_code}")
        except smtplib.SMTPDataError as error:
            return Answer("refused" if error.smtp_code >= _FOR_GOOD else "later", f"smtp-{error.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            return Answer("unknown", _named(error))  # it may have it
        return Answer("sent")

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            yield server
        finally:
            _leave(server)


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; a server that no longer listens has taken the mail all the same."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def _named(error: Exception) -> str:
    """What went wrong, as a code: the words of an error may hold an address."""
    code = getattr(error, "smtp_code", None)
    return f"smtp-{code}" if code else type(error).__name__
