from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pharmacy", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE pharmacy_dispense_number START 100001", "DROP SEQUENCE pharmacy_dispense_number"),
        migrations.AddField(
            model_name="dispense",
            name="number",
            field=models.BigIntegerField(
                db_default=models.Func(models.Value("pharmacy_dispense_number"), function="nextval"),
                editable=False,
                unique=True,
            ),
        ),
    ]
