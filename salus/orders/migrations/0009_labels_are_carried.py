"""What is to be done about an entry is as sensitive as the entry, from the moment in which it is marked, by whatever way."""

from django.db import migrations

#: table -> the kind of entry, as a source names it
KINDS = {"order": "order", "performance": "performance", "medicationstatement": "statement"}
CARRY = """
CREATE TRIGGER carry_labels AFTER UPDATE ON orders_{0} FOR EACH ROW
WHEN (OLD.labels IS DISTINCT FROM NEW.labels) EXECUTE FUNCTION inbox_carry_labels('orders.{1}')
"""


class Migration(migrations.Migration):

    dependencies = [("orders", "0008_performances"), ("inbox", "0009_labels_follow")]

    operations = [
        migrations.RunSQL(CARRY.format(table, kind), f"DROP TRIGGER carry_labels ON orders_{table}")
        for table, kind in KINDS.items()
    ]
