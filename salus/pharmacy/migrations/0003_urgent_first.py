from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pharmacy", "0002_dispense_number")]
    operations = [
        migrations.AddField(
            model_name="prescription", name="is_urgent", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveIndex(model_name="prescription", name="pharmacy_prescription_open"),
        migrations.AddIndex(
            model_name="prescription",
            index=models.Index(
                models.F("facility"),
                models.F("status"),
                models.OrderBy(models.F("is_urgent"), descending=True),
                models.F("ordered_at"),
                condition=models.Q(("status__in", ["waiting", "partial"]), ("voided_at__isnull", True)),
                name="pharmacy_prescription_open",
            ),
        ),
        migrations.AddIndex(
            model_name="dispense", index=models.Index(fields=["-dispensed_at"], name="pharmacy_dispense_day")
        ),
    ]
