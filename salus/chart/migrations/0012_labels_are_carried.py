"""What is to be done about an entry is as sensitive as the entry, from the moment in which it is marked, by whatever way."""

from django.db import migrations

#: table -> the kind of entry, as a source names it
KINDS = {
    "condition": "problem",
    "note": "note",
    "observation": "observation",
    "diagnosticreport": "report",
    "document": "document",
    "procedure": "procedure",
    "careplan": "plan",
    "goal": "goal",
    "immunization": "immunization",
    "familymember": "relative",
}
CARRY = """
CREATE TRIGGER carry_labels AFTER UPDATE ON chart_{0} FOR EACH ROW
WHEN (OLD.labels IS DISTINCT FROM NEW.labels) EXECUTE FUNCTION inbox_carry_labels('chart.{1}')
"""


class Migration(migrations.Migration):

    dependencies = [("chart", "0011_who_was_born_when"), ("inbox", "0009_labels_follow")]

    operations = [
        migrations.RunSQL(CARRY.format(table, kind), f"DROP TRIGGER carry_labels ON chart_{table}")
        for table, kind in KINDS.items()
    ]
