"""Commands that rooms own: each opens the database and hands over to the management command of that name."""

from pathlib import Path

import click
from django.contrib.auth import get_user_model

from salus.config import home
from salus.config.cli.ground import OWN_DOOR, SIGN_INS, manage, set_up_django, standing
from salus.config.trouble import Trouble


@click.command()
@click.option("--seed", type=int, help="Which hospital: the same seed and day give the same rows.")
@click.option("--as-of", metavar="YYYY-MM-DD", help="The day that is in full swing.")
@click.option("--patients", type=click.IntRange(min=1), help="How many patients.")
def demo(seed: int | None, as_of: str | None, patients: int | None) -> None:
    """Make the demonstration hospital in an empty database."""
    with standing("app"):
        before = home.demonstration()
        home.note_demonstration("begun")
        try:
            manage("demo", seed=seed, as_of=as_of, patients=patients, password=home.demo_password())
        except Trouble:
            home.note_demonstration(before)  # refused: nothing was begun
            raise
        home.note_demonstration("made")


@click.command(hidden=True)
def demo_password() -> None:
    """Give the demonstration's people the password of SALUS_DEMO_PASSWORD."""
    with standing("app"):
        for person in get_user_model().objects.filter(username__in=(*SIGN_INS, *OWN_DOOR)):
            person.set_password(home.demo_password())
            person.save(update_fields=["password"])


@click.group("import")
def import_() -> None:
    """Bring records in."""


@import_.command("fhir")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH...")
@click.option("--facility", metavar="CODE", help="The facility that the records belong to; the first unless said.")
@click.option("--source", metavar="NAME", help="The system that they come from; the folder's name unless said.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Where to write what was refused (JSON lines).")
@click.option("--workers", type=click.IntRange(1, 16), help="How many processes; 2 unless said.")
@click.option("--strict", is_flag=True, default=None, help="Fail if anything was refused.")
def import_fhir(paths: tuple[Path, ...], **options: object) -> None:
    """FHIR R4 bundles and resources (.json, .json.gz, .ndjson): files, and folders with all that is in them.

    Prints what was read, stored and refused by type. Running it again changes nothing. What was refused is written to a
    file with its place and the reason; the exit code is 0 then, because every file was read (see --strict), and 1 where a
    file could not be read.
    """
    with standing("app"):
        manage("import_fhir", *paths, **options)


@import_.command("schedules")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--facility", metavar="CODE", help="Whose schedules; of the first facility unless said.")
@click.option("--dry-run", is_flag=True, default=None, help="Say what would become of it, and write nothing.")
@click.option("--accept-touched", is_flag=True, default=None, help="Also where booked patients lose their time.")
@click.option("--leave-out", is_flag=True, default=None, help=".ics: take the rest where an event is not understood.")
@click.option("--country", metavar="CODE", help="Of a table of public holidays only those of this country.")
@click.option("--staff", metavar="NUMBER", help=".ics: whose calendar it is.")
@click.option("--name", metavar="NAME", help=".ics: the room, device or clinic whose calendar it is.")
@click.option("--holidays", is_flag=True, default=None, help=".ics: its days are the facility's holidays.")
@click.option("--slot", type=click.IntRange(1, 1440), help=".ics: minutes of a slot; 20 unless said.")
def import_schedules(file: Path, **options: object) -> None:
    """Weekly sessions, absences and holidays: a table (.csv) or a calendar (.ics).

    Lines and events that cannot be taken are listed with their number and the reason; then nothing of the file is written.
    Running it again changes nothing. The columns are in salus/scheduling/README.md.
    """
    with standing("app"):
        manage("import_schedules", file, **{name: value for name, value in options.items() if value is not None})


@click.group()
def token() -> None:
    """Tokens for programs that use the FHIR interface."""


@token.command("issue")
@click.option("--user", required=True, metavar="NAME", help="Whose rights the token has.")
@click.option("--days", type=click.IntRange(min=1), help="How long it is good.")
def token_issue(user: str, days: int | None) -> None:
    """Issue a token and print it, alone on its line; it is never shown again."""
    with standing("app"):
        manage("issue_token", user=user, days=days)


@click.command()
@click.argument("fact")
def what_follows(fact: str) -> None:
    """Print the consequences of a fact, such as lab.ResultVerified, from the table of workflows."""
    set_up_django("app")  # the table is code: no database is asked
    manage("what_follows", fact)


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this one of them (again for more).")
@click.option("--again", is_flag=True, help="Also what the database has already.")
def load_reference(only: tuple[str, ...], again: bool) -> None:
    """Load code systems, formulary, test catalogue and roles; what is there already is brought up to date."""
    with standing("owner"):
        manage("load_reference", only=list(only), again=again)


_dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="PATH")
@_dry_run
def load_snomed(path: Path, dry_run: bool) -> None:
    """Load SNOMED CT: the Global Patient Set's file, or a folder or zip of a release in RF2; again brings it up to date.

    Nothing of SNOMED CT comes with Salus: the hospital brings the release under its own licence.
    """
    with standing("owner"):
        manage("load_snomed", path, dry_run=dry_run)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="PATH")
@_dry_run
def load_loinc(path: Path, dry_run: bool) -> None:
    """Load LOINC: Loinc.csv, or a folder or zip of a release; again brings it up to date.

    Nothing of LOINC's table comes with Salus: the hospital brings the release under its own licence.
    """
    with standing("owner"):
        manage("load_loinc", path, dry_run=dry_run)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="PATH")
@_dry_run
def load_icd11(path: Path, dry_run: bool) -> None:
    """Load ICD-11: WHO's SimpleTabulation-ICD-11-MMS as text, or the zip or folder that holds it; again brings it up to date.

    With WHO's 11To10MapToOneCategory.txt in the same folder, the checks of medicines understand its diagnoses too.
    Nothing of ICD-11 comes with Salus: the hospital brings the release under its own licence.
    """
    with standing("owner"):
        manage("load_icd11", path, dry_run=dry_run)


@click.group()
def audit() -> None:
    """The record of who saw what, and proof that nobody altered it."""


@audit.command("verify")
def audit_verify() -> None:
    """Is every entry, fact and row as it was sealed? Names each that is not; exit code 1 then."""
    with standing("app"):
        manage("audit_verify")


@audit.command("head")
def audit_head() -> None:
    """Print the newest signed head of the log, and the public key that checks it."""
    with standing("audit"):
        manage("audit_head")


@audit.command("proof")
@click.argument("entry", type=click.IntRange(min=1))
def audit_proof(entry: int) -> None:
    """Prove that an entry is in the log; whoever has the proof checks it with scripts/check_proof.py."""
    with standing("audit"):
        manage("audit_proof", entry)
