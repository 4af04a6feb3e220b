"""`salus keys`: the keys of what is sealed, changed while the hospital works."""

import click

from salus.config.cli.ground import manage, standing


@click.group()
def keys() -> None:
    """The keys of what is sealed at rest."""


@keys.command()
def status() -> None:
    """Each key, what it does, and how many values and files are sealed with it. Exit code 1 if a key is lost."""
    with standing("owner"):
        manage("keys", "status")


@keys.command()
@click.option("--batch", type=click.IntRange(1, 10_000), help="Rows in one transaction; 500 unless said.")
@click.option("--pause", type=click.FloatRange(0, 60), help="Seconds of rest after each batch; none unless said.")
def rotate(batch: int | None, pause: float | None) -> None:
    """Make new keys, seal and index everything anew with them and retire the old ones, while the hospital works.

    Stopped or killed it goes on where it was when it is called again. The retired key still opens older backups.
    """
    with standing("owner"):
        manage("keys", "rotate", batch=batch, pause=pause)


@keys.command()
@click.argument("number", type=click.IntRange(1, 255))
@click.option("--index", is_flag=True, help="The index key of this number.")
def forget(number: int, index: bool) -> None:
    """Delete a retired key for good, once no backup that needs it is kept. Refused while anything is sealed with it."""
    with standing("owner"):
        manage("keys", "forget", number=number, index=index)
