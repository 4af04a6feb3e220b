"""A thread has labels of its own, given by hand: they stay whatever becomes of those of the entry that it is about."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0005_labels_and_what_is_missing'),
    ]

    operations = [
        migrations.AddField(
            model_name='thread',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None),
        ),
    ]
