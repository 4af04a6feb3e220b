"""To whom a patient's data was given: the accounting that a patient may ask for (HIPAA 164.528: six years back)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from salus.audit.queries.entries import Entry, fetch, with_names
from salus.core.act import Act

YEARS = 6
MOST = 2_000


def disclosures(act: Act, patient_id: UUID) -> list[Entry]:
    """What left the hospital, the newest first: exports, papers, and all that another program read or searched.

    What was only seen on a screen here is treatment and is told by the record of access instead.
    """
    act.require("audit.view_disclosures")
    act.shows(patient_id)
    since = act.at - timedelta(days=YEARS * 366)
    where = (
        "patient_id = %s AND facility_id = %s AND written_at >= %s AND outcome = 'ok' "
        "AND (action IN ('export', 'print') OR door LIKE 'fhir:%%')"
    )
    return with_names(act, fetch(where, [patient_id, act.here, since], "ORDER BY written_at DESC, id DESC", MOST, 0))
