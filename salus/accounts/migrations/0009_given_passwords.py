from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_patients'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='password_is_given',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
