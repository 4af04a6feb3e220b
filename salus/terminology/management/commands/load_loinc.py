"""`salus load-loinc PATH`: LOINC as the hospital brings it."""

from salus.terminology.loinc import load_loinc
from salus.terminology.management.brought import LoadBrought


class Command(LoadBrought):
    help = "Load LOINC: Loinc.csv, or the folder or zip of a release."
    name = "LOINC"
    load = staticmethod(load_loinc)
