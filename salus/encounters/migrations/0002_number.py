"""Visit numbers."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('encounters', '0001_initial')]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE encounters_number_seq START 100000", migrations.RunSQL.noop),
    ]
