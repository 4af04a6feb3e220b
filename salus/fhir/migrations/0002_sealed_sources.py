"""What identifies a person is sealed; a content that was received once never comes in again."""

import django.contrib.postgres.fields
from django.db import migrations, models

import salus.core.fields


class Migration(migrations.Migration):
    dependencies = [("fhir", "0001_initial")]
    operations = [
        migrations.AddField("source", "facility_id", models.UUIDField(null=True)),
        migrations.AddField("source", "sealed", salus.core.fields.EncryptedField(null=True)),
        migrations.AddField(
            "source",
            "digests",
            django.contrib.postgres.fields.ArrayField(models.BinaryField(), default=list, size=None),
        ),
        migrations.AlterField("source", "content", models.TextField(blank=True, default="")),
        migrations.RemoveField("quarantine", "content"),
        migrations.AddField("quarantine", "content", salus.core.fields.EncryptedField(null=True)),
        migrations.AddField("quarantine", "facility_id", models.UUIDField(null=True)),
    ]
