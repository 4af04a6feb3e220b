from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("terminology", "0003_common_conditions")]

    operations = [
        migrations.AddField(
            model_name="medicine", name="is_controlled", field=models.BooleanField(default=False)
        ),
    ]
