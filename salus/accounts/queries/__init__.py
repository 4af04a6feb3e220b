"""Who is at the door, what they prove themselves with, and where else they are signed in."""

from salus.accounts.queries.factors import Factors, factors_of
from salus.accounts.queries.people import Person, hash_of, person_by_id, person_by_name, person_by_token, users_here
from salus.accounts.queries.sessions import recoveries_waiting, sessions_of, waiting_here

__all__ = [
    "Factors",
    "Person",
    "factors_of",
    "hash_of",
    "person_by_id",
    "person_by_name",
    "person_by_token",
    "recoveries_waiting",
    "sessions_of",
    "users_here",
    "waiting_here",
]
