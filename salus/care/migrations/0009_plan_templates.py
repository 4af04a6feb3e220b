import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import salus.core.fields
import salus.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0008_orders_go_on'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='treatment',
            name='instantiates',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.CreateModel(
            name='PlanTemplate',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('kind', models.TextField(choices=[('plan', 'Plan of care'), ('treatment', 'Treatment in sessions')])),
                ('title', models.TextField()),
                ('problems', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('note', models.TextField(blank=True, default='')),
                ('goals', models.JSONField(default=list)),
                ('activities', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('sessions', models.SmallIntegerField(null=True)),
                ('every_days', models.SmallIntegerField(null=True)),
                ('dose', salus.core.fields.WrittenDecimalField(null=True)),
                ('dose_unit', models.TextField(blank=True, default='')),
                ('changed_by_name', models.TextField(blank=True, default='')),
                ('retired_at', models.DateTimeField(null=True)),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.facility')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='care_template_titled'), models.CheckConstraint(condition=models.Q(models.Q(('dose__isnull', True), ('every_days__isnull', True), ('kind', 'plan'), ('sessions__isnull', True)), models.Q(('activities', []), ('every_days__range', (1, 365)), ('goals', []), ('kind', 'treatment'), ('sessions__range', (1, 200))), _connector='OR'), name='care_template_kind'), models.CheckConstraint(condition=models.Q(('dose__isnull', True), ('dose__gt', 0), _connector='OR'), name='care_template_dose'), models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('facility', 'kind', 'title'), name='care_template_once')],
            },
        ),
    ]
