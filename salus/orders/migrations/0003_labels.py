"""Sensitivity labels on orders, as on the entries of the record."""

import django.contrib.postgres.fields
from django.db import migrations, models


TRIGGER = """
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON orders_order FOR EACH ROW
WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry()
"""

class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0004_access'),
        ('orders', '0002_override_reason'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER label_by_code ON orders_order"),
    ]
