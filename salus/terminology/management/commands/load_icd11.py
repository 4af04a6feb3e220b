"""`salus load-icd11 PATH`: ICD-11 as the hospital brings it."""

from salus.terminology.icd11 import load_icd11, release_loaded
from salus.terminology.management.brought import LoadBrought


class Command(LoadBrought):
    help = "Load ICD-11: WHO's SimpleTabulation as text, or the folder or zip that holds it."
    name = "ICD-11"
    load = staticmethod(load_icd11)
    release = staticmethod(release_loaded)
