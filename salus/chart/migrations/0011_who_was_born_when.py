"""A line of a schedule may speak of who was born from a day on, and of diagnoses that speak for immunity or against a dose."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chart", "0010_adult_series")]
    operations = [
        migrations.AddField("scheduleddose", "born_from", models.DateField(null=True)),
        *(
            migrations.AddField(
                "scheduleddose", name, ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None)
            )
            for name in ("immune_by", "not_with")
        ),
    ]
