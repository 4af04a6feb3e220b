"""By which routes a medicine stays where it is put: one more kind of statement."""

from django.db import migrations, models

_KINDS = (
    *("interaction", "cross", "dose", "frequency", "reproduction", "age", "contraindication", "first-line", "test"),
    *("local", "check"),
)


class Migration(migrations.Migration):
    dependencies = [("safety", "0003_review")]
    operations = [
        migrations.AlterField("rule", "kind", models.TextField(choices=[(one, one) for one in _KINDS])),
    ]
