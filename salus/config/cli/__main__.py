"""`python -m salus.config.cli`: the same as `salus`."""

from salus.config.cli import main

main()
