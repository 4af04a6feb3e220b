import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chart', '0009_begun_from'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduleddose',
            name='from_first',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='scheduleddose',
            name='instead_of',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='scheduleddose',
            name='vaccines',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None),
        ),
    ]
