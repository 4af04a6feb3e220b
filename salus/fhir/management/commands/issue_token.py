"""`salus token issue --user NAME [--days N]`: a bearer token for a program; prints the token alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salus.accounts import services as accounts
from salus.accounts.queries import person_by_name
from salus.core.act import system_act
from salus.core.errors import SalusError


class Command(BaseCommand):
    help = "Issue a token with the rights of a user, and print it; it is never shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True)
        parser.add_argument("--days", type=int, default=30)

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_by_name(options["user"], door="command:issue_token")
        if person is None:
            raise CommandError(f"nobody signs in as {options['user']}")
        act = system_act(
            rights={"accounts.issue_tokens"}, door="command:issue_token", facility_id=person.act.facility_id
        )
        try:
            token = accounts.issue_token(act, user_id=person.id, days=options["days"])
        except SalusError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(token)
