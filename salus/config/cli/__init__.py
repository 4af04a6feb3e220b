"""The command line: `salus`. Each command is loaded when it is called, so that `--help` stays quick."""

import sys

from salus.config import stopping

if sys.argv[0] == "-m" or sys.argv[0].endswith("/salus"):
    stopping.listen()  # before the rest is loaded, where Python may swallow what it was asked, and forget it

import errno
import importlib
import os
from collections.abc import Mapping
from typing import NoReturn

import click

from salus.config import home
from salus.config.preflight import python_trouble
from salus.config.trouble import Trouble
from salus.version import VERSION

#: name -> where it is, and its line in `salus --help`
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("run:run", "Everything: database, migrations, demonstration, web server and worker."),
    "serve": ("serve:serve", "The web server."),
    "worker": ("worker:worker", "The worker that does what follows later."),
    "migrate": ("migrate:migrate", "Make the database or bring it up to date."),
    "demo": ("doors:demo", "Make the demonstration hospital."),
    "demo-password": ("doors:demo_password", ""),
    "import": ("doors:import_", "Bring records in."),
    "token": ("doors:token", "Tokens for programs that use the FHIR interface."),
    "keys": ("keys:keys", "The keys of what is sealed: status, rotate, forget."),
    "check": ("check:check", "Is everything well?"),
    "audit": ("doors:audit", "The record of who saw what: verify, head, proof."),
    "what-follows": ("doors:what_follows", "Print what follows a fact."),
    "load-reference": ("doors:load_reference", "Load code systems and catalogues."),
    "load-snomed": ("doors:load_snomed", "Load SNOMED CT from a release that the hospital brings."),
    "load-icd11": ("doors:load_icd11", "Load ICD-11 from a release that the hospital brings."),
    "load-loinc": ("doors:load_loinc", "Load LOINC from a release that the hospital brings."),
    "bench-access": ("bench:bench_access", "Measure the record of access."),
    "bench": ("bench:bench", "Measure this machine."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"salus.config.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items() if line])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="salus %(version)s")
def salus() -> None:
    """Salus, an open hospital management system.

    State lives in SALUS_HOME (default: var/ beside the code). PORT chooses the port; DATABASE_URL names the
    hospital's own PostgreSQL 18, without it Salus runs one of its own.
    """


def main() -> NoReturn:
    """Run a command; every foreseeable trouble becomes one line on stderr and an exit code that is not 0."""
    trouble = python_trouble()
    if trouble:
        _fail(trouble)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salus.config.settings")
    home.forget_postgres_variables()
    home.leave_no_memory_behind()
    stopping.listen()
    try:
        salus(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Trouble as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in _PLAIN_OS_TROUBLE:
            raise
        _fail(_in_words(error))
    sys.exit(0)


_PLAIN_OS_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


def _in_words(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{': ' + str(error.filename) if error.filename else ''}"
    return f"{error.strerror}: {error.filename or 'a file of SALUS_HOME'}"


def _fail(text: str) -> NoReturn:
    sys.stderr.write(f"salus: {text}\n")
    sys.exit(1)
