"""Medical record numbers: a sequence never repeats, and never makes one desk wait for another."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('patients', '0001_initial')]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE patients_mrn_seq START 100000", migrations.RunSQL.noop),
    ]
