"""Accession numbers."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('lab', '0001_initial')]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE lab_accession_seq START 100000", migrations.RunSQL.noop),
    ]
