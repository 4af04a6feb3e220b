"""One open visit at one ward too: stays are of their own class."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('encounters', '0004_labels'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='encounter',
            name='encounters_one_open_visit',
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('planned', 'arrived', 'triaged', 'in-progress', 'onleave')), ('voided_at__isnull', True), models.Q(('class_code', 'AMB'), ('arrived_at__isnull', False), _connector='OR')), fields=('patient', 'department'), name='encounters_one_open_visit'),
        ),
    ]
