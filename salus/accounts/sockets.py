"""What upper rooms tell: of a user when an act is made (`staff`: profile and departments), and which rights a scope opens."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Scope:
    """What a program may ask a person for (OAuth 2): words for the person, and the rights that it opens at most."""

    words: str | Promise
    rights: frozenset[str]


#: scope -> what it means; `workflows` fills it, as it knows the rights of every room
scopes: dict[str, Scope] = {}

#: kind of a device that an administrator has marked -> the rights that it has while nobody is signed in (a wall, a kiosk);
#: doors that ask for one of these let it in, and no others
device_rights: dict[str, frozenset[str]] = {}

#: matter in which somebody stands for a patient (`appointments`) -> the rights for that patient which it opens; `portal`
#: fills it
subject_scopes: dict[str, frozenset[str]] = {}

#: Scalar subqueries over `u` (the user's row), each giving a JSON object with keys of the Act (`staff_id`, `practitioner_id`,
#: `places`, `glass`, and `subjects`: patient, whether himself, scopes). SQL, so that an act costs one statement however many
#: rooms speak.
act_sources: list[str] = []
