"""`salus load-snomed PATH`: SNOMED CT as the hospital brings it (the Global Patient Set, or a release in RF2)."""

from salus.terminology.management.brought import LoadBrought
from salus.terminology.snomed import load_snomed


class Command(LoadBrought):
    help = "Load SNOMED CT: the Global Patient Set's file, or a folder or zip of a release."
    name = "SNOMED CT"
    load = staticmethod(load_snomed)
