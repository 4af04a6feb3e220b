"""The kill test: clients play whole visits over HTTP while web, worker and database are killed with -9 at random.

A ledger outside the database notes every acknowledged write. At the end nothing acknowledged may be lost, nothing half
done, nothing done twice (`books.py`), and the service was back within seconds after each kill (`killer.py`). The short
form is `test_kill.py`, the long one `make chaos`; both begin by showing that the test finds what it looks for.
"""
