"""What goes on paper and is kept: letters and summaries that were signed."""

from salus.chart import services as chart
from salus.chart.facts import LetterSigned
from salus.core.act import Act
from salus.core.consequences import consequence


@consequence("chart.file_letter")
def file_letter(act: Act, fact: LetterSigned) -> None:
    assert fact.patient_id is not None
    chart.file_letter(act, patient_id=fact.patient_id, note_id=fact.note_id)
