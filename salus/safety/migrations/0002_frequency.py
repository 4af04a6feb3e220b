"""How often a medicine is given at most: one more kind of statement."""

from django.db import migrations, models

_KINDS = (
    *("interaction", "cross", "dose", "frequency", "reproduction", "age", "contraindication", "first-line", "test", "check"),
)


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial")]
    operations = [
        migrations.AlterField("rule", "kind", models.TextField(choices=[(one, one) for one in _KINDS])),
    ]
