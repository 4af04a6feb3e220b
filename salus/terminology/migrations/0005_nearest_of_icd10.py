from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('terminology', '0004_controlled'),
    ]

    operations = [
        migrations.AddField(
            model_name='concept',
            name='maps_to',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
    ]
