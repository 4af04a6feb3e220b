from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chart', '0008_adult_vaccinations'),
    ]

    operations = [
        migrations.AddField(
            model_name='careplan',
            name='instantiates',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
    ]
