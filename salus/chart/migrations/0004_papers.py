"""Vaccinations as they are given and due, illnesses in the family, documents page by page, certificates."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import salus.core.fields
import salus.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chart', '0003_labels'),
        ('core', '0007_answers_of_patients'),
        ('encounters', '0004_labels'),
        ('patients', '0005_appointments'),
        ('places', '0001_initial'),
        ('staff', '0002_profile'),
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('voided_by_id', models.UUIDField(null=True)),
                ('void_reason', models.TextField(blank=True, default='')),
                ('status', models.TextField(blank=True, default='')),
                ('code_system', models.TextField(blank=True, default='')),
                ('code', models.TextField(blank=True, default='')),
                ('display', models.TextField(blank=True, default='')),
                ('codings', models.JSONField(null=True)),
                ('note', models.TextField(blank=True, default='')),
                ('source', models.TextField(null=True, unique=True)),
                ('labels', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('kind', models.TextField(choices=[('sick', 'Sick note'), ('birth', 'Birth'), ('death', 'Death')])),
                ('number', models.TextField()),
                ('issued_at', models.DateTimeField()),
                ('issuer_name', models.TextField()),
                ('valid_from', models.DateField(null=True)),
                ('valid_until', models.DateField(null=True)),
                ('content', models.JSONField(default=dict)),
                ('token', salus.core.fields.EncryptedField(null=True)),
                ('token_key', models.BinaryField(unique=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_by_id', models.UUIDField(null=True)),
                ('withdrawal', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='DocumentPage',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('number', models.SmallIntegerField()),
                ('sheets', models.SmallIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='FamilyMember',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('voided_by_id', models.UUIDField(null=True)),
                ('void_reason', models.TextField(blank=True, default='')),
                ('status', models.TextField(blank=True, default='')),
                ('code_system', models.TextField(blank=True, default='')),
                ('code', models.TextField(blank=True, default='')),
                ('display', models.TextField(blank=True, default='')),
                ('codings', models.JSONField(null=True)),
                ('note', models.TextField(blank=True, default='')),
                ('source', models.TextField(null=True, unique=True)),
                ('labels', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('name', models.TextField(blank=True, default='')),
                ('gender', models.TextField(blank=True, default='')),
                ('born', salus.core.fields.PartialDateField(null=True)),
                ('is_deceased', models.BooleanField(null=True)),
                ('death_age', models.TextField(blank=True, default='')),
                ('conditions', models.JSONField(default=list)),
                ('recorded', salus.core.fields.PartialDateField(null=True)),
                ('recorded_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ScheduledDose',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('group', models.TextField()),
                ('group_name', models.TextField()),
                ('dose', models.SmallIntegerField()),
                ('valid_age', models.TextField(blank=True, default='')),
                ('min_age', models.TextField(blank=True, default='')),
                ('age', models.TextField(blank=True, default='')),
                ('late_age', models.TextField(blank=True, default='')),
                ('max_age', models.TextField(blank=True, default='')),
                ('valid_interval', models.TextField(blank=True, default='')),
                ('min_interval', models.TextField(blank=True, default='')),
                ('interval', models.TextField(blank=True, default='')),
                ('late_interval', models.TextField(blank=True, default='')),
                ('valid_from_first', models.TextField(blank=True, default='')),
                ('min_from_first', models.TextField(blank=True, default='')),
                ('skip_from', models.TextField(blank=True, default='')),
                ('start_before', models.TextField(blank=True, default='')),
                ('completes_from', models.TextField(blank=True, default='')),
                ('place', models.SmallIntegerField(default=0)),
                ('source', models.TextField(blank=True, default='')),
                ('source_place', models.TextField(blank=True, default='')),
                ('source_opened', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Vaccine',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('code', models.TextField(unique=True)),
                ('name', models.TextField()),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('source', models.TextField(blank=True, default='')),
                ('source_place', models.TextField(blank=True, default='')),
                ('source_opened', models.DateField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='VaccineSchedule',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('number', models.IntegerField()),
                ('name', models.TextField()),
                ('change', models.TextField(blank=True, default='')),
                ('until_age', models.TextField(blank=True, default='')),
                ('published_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveField(
            model_name='document',
            name='file',
        ),
        migrations.AddField(
            model_name='document',
            name='author_name',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='document',
            name='origin',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='dose_number',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='immunization',
            name='expires_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='immunization',
            name='is_primary',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='immunization',
            name='manufacturer',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='origin',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='performer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.practitioner'),
        ),
        migrations.AddField(
            model_name='immunization',
            name='performer_name',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='reason',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='reason_code',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='route',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='immunization',
            name='site',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddConstraint(
            model_name='immunization',
            constraint=models.CheckConstraint(condition=models.Q(('dose_number__isnull', True), ('dose_number__gt', 0), _connector='OR'), name='chart_immunization_counts_from_one'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='encounter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='encounters.encounter'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='facility',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.facility'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='issuer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.practitioner'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='related',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='documentpage',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='chart.document'),
        ),
        migrations.AddField(
            model_name='documentpage',
            name='file',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.file'),
        ),
        migrations.AddField(
            model_name='familymember',
            name='encounter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='encounters.encounter'),
        ),
        migrations.AddField(
            model_name='familymember',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='familymember',
            name='relative',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='vaccineschedule',
            name='facility',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.facility'),
        ),
        migrations.AddField(
            model_name='scheduleddose',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doses', to='chart.vaccineschedule'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['patient', '-issued_at'], name='chart_certificate_patient'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(fields=('facility', 'number'), name='chart_certificate_number'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ('birth', 'death')), ('status', 'issued')), fields=('patient', 'kind'), name='chart_certificate_of_life_once'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'issued'), ('withdrawn_at__isnull', True)), models.Q(('status', 'withdrawn'), ('withdrawn_at__isnull', False), models.Q(('withdrawal', ''), _negated=True)), _connector='OR'), name='chart_certificate_withdrawn_says_why'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='chart_certificate_period'),
        ),
        migrations.AddConstraint(
            model_name='documentpage',
            constraint=models.UniqueConstraint(fields=('document', 'number'), name='chart_document_page_once'),
        ),
        migrations.AddConstraint(
            model_name='documentpage',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0), ('sheets__gt', 0)), name='chart_document_page_counts'),
        ),
        migrations.AddIndex(
            model_name='familymember',
            index=models.Index(fields=['patient'], name='chart_family_patient'),
        ),
        migrations.AddIndex(
            model_name='familymember',
            index=models.Index(fields=['updated_at', 'id'], name='chart_family_updated'),
        ),
        migrations.AddConstraint(
            model_name='vaccineschedule',
            constraint=models.UniqueConstraint(fields=('facility', 'number'), name='chart_schedule_number', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='scheduleddose',
            constraint=models.UniqueConstraint(fields=('schedule', 'group', 'dose'), name='chart_scheduled_dose_once'),
        ),
        migrations.AddConstraint(
            model_name='scheduleddose',
            constraint=models.CheckConstraint(condition=models.Q(('dose__gt', 0)), name='chart_scheduled_dose_counts_from_one'),
        ),
        # a code of the hospital's tables marks an entry as sensitive by itself, as in 0003
        migrations.RunSQL(
            """CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON chart_familymember
            FOR EACH ROW WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry()""",
            "DROP TRIGGER label_by_code ON chart_familymember",
        ),
    ]
