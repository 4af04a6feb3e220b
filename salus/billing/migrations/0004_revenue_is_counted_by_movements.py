"""Revenue needs no watermark on charges (docs/decisions/0006)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_what_is_issued_stays'),
    ]

    operations = [
        migrations.RunSQL(
            "DROP TRIGGER count_again ON billing_charge; DROP FUNCTION billing_count_again();",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(
            model_name='charge',
            name='billing_charge_xid',
        ),
        migrations.RemoveField(
            model_name='charge',
            name='xid',
        ),
        migrations.AlterField(
            model_name='charge',
            name='service_code',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
    ]
