"""Who may see what of a patient: one rule, said twice.

`decide(act, action, about)` answers for one patient or one entry, in Python and without a database; `opens`, `identifies` and
`reads` are the same rule as a condition of a query, which every `visible_to(act)` is made of. A property test holds the two
together (`tests/test_access.py`): a row is in the list if and only if the decision allows it.

One patient and a list differ: a page of one patient asks once (`reading.decision_on`, folded into the statement that reads
the patient), and remembers the answer in the act; a list asks the database to look at each row's relations.
"""

from salus.patients.access.decision import (
    ACTIONS,
    FIND,
    FINDING,
    IDENTIFY,
    OPEN,
    RECENT,
    About,
    Action,
    ConsentSaid,
    Decision,
    Relation,
    decide,
)
from salus.patients.access.labels import ALL as ALL_LABELS
from salus.patients.access.scope import (
    PatientColumns,
    identifies,
    opens,
    opens_sql,
    reads,
    reads_sql,
    shown,
    shown_sql,
    shown_values,
    within_reach,
)

__all__ = [
    "ACTIONS",
    "ALL_LABELS",
    "FIND",
    "FINDING",
    "IDENTIFY",
    "OPEN",
    "RECENT",
    "About",
    "Action",
    "ConsentSaid",
    "Decision",
    "PatientColumns",
    "Relation",
    "decide",
    "identifies",
    "opens",
    "opens_sql",
    "reads",
    "reads_sql",
    "shown",
    "shown_sql",
    "shown_values",
    "within_reach",
]
