"""Who looked at a record, for the patient himself: from the access log, who and when, without what was done inside."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.ids import SYSTEM

SEE = "portal.see_access"
# One line for each person and day: a doctor opens ten pages in one visit. Who stands for the patient reads the name on each of
# his own pages, to choose from: that is in the log (a "search" on the patient's behalf), and no look at the record.
_LOOKED = """
    SELECT max(e.happened_at), count(*), u.display_name, u.kind,
           coalesce(u.kind = 'patient', false) AND NOT EXISTS (
               SELECT FROM portal_account a WHERE a.user_id = e.by_id AND a.patient_id = %(patient)s),
           bool_or(e.purpose = 'BTG'), bool_or(e.action IN ('write', 'export')),
           (SELECT m.profession FROM staff_staffmember m WHERE m.user_id = e.by_id LIMIT 1)
    FROM core_accessentry e LEFT JOIN accounts_user u ON u.id = e.by_id
    WHERE e.patient_id = %(patient)s AND e.action <> 'refused' AND e.by_id <> %(system)s
      AND NOT (e.action = 'search' AND coalesce(u.kind = 'patient', false))
    GROUP BY e.by_id, u.display_name, u.kind, date_trunc('day', e.happened_at)
    ORDER BY 1 DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at the record, or wrote in it, on one day."""

    at: datetime
    times: int
    name: str
    kind: str
    is_proxy: bool
    is_emergency: bool
    wrote: bool
    profession: str | None

    @property
    def who(self) -> str:
        return self.name or _("The hospital's system")


def who_looked(act: Act, patient_id: UUID) -> list[Look]:
    """The last hundred days and people, the newest first; for the patient himself."""
    act.require_for(patient_id, SEE)
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED, {"patient": patient_id, "system": SYSTEM})
        return [Look(*row) for row in cursor.fetchall()]
