"""Who may see what: consents, broken glass, VIPs and staff who are patients, codes that make an entry sensitive."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import salus.core.ids
from django.db import migrations, models


# An ICD-10 code stands for itself and for what begins with it; every other one for itself.
LABELS = """
CREATE FUNCTION patients_labels_of(asked_system text, asked text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT s.label) FROM patients_sensitivecode s
    WHERE s.system = asked_system AND s.is_active AND s.code = ANY (
        CASE WHEN asked_system LIKE '%icd-10%'
             THEN ARRAY[left(asked, 3), left(asked, 5), left(asked, 6), left(asked, 7), asked] ELSE ARRAY[asked] END)
$$;
CREATE FUNCTION patients_labels_in(concept jsonb) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT l)
    FROM jsonb_array_elements(CASE jsonb_typeof(concept -> 'coding') WHEN 'array' THEN concept -> 'coding' ELSE '[]' END) c,
         unnest(patients_labels_of(c ->> 'system', c ->> 'code')) l
$$;
CREATE FUNCTION patients_label_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text[] := patients_labels_of(NEW.code_system, NEW.code);
BEGIN
    IF NEW.codings IS NOT NULL THEN
        found := found || patients_labels_in(NEW.codings);
    END IF;
    IF found IS NOT NULL AND NOT found <@ NEW.labels THEN
        NEW.labels := ARRAY(SELECT DISTINCT l FROM unnest(NEW.labels || found) l ORDER BY l);
    END IF;
    RETURN NEW;
END $$;
"""
GONE = """
DROP FUNCTION patients_label_entry(); DROP FUNCTION patients_labels_in(jsonb); DROP FUNCTION patients_labels_of(text, text)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0003_finding'),
        ('places', '0001_initial'),
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakGlass',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('facility_id', models.UUIDField()),
                ('by_id', models.UUIDField()),
                ('by_name', models.TextField()),
                ('barrier', models.TextField()),
                ('reason_code', models.TextField(choices=[('emergency', 'Emergency: life or health is in danger'), ('cover', 'I stand in for whoever treats this patient'), ('question', 'The patient, or whoever treats him or her, asked me'), ('safety', 'To avert harm to somebody else'), ('other', 'Another reason')])),
                ('reason', models.TextField()),
                ('opened_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('verdict', models.TextField(blank=True, choices=[('justified', 'Justified'), ('not-justified', 'Not justified'), ('unclear', 'Not clear: asked back')], default='')),
                ('verdict_words', models.TextField(blank=True, default='')),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('reviewed_by_id', models.UUIDField(null=True)),
                ('reviewed_by_name', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('voided_by_id', models.UUIDField(null=True)),
                ('void_reason', models.TextField(blank=True, default='')),
                ('decision', models.TextField(choices=[('permit', 'permits'), ('deny', 'refuses')])),
                ('labels', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('in_emergency', models.BooleanField(default=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True, default='')),
                ('signed_by', models.TextField()),
                ('signed_as', models.TextField(choices=[('patient', 'The patient'), ('guardian', 'Parent or guardian'), ('proxy', 'Health care proxy')])),
                ('signed_how', models.TextField(choices=[('paper', 'On paper, which is kept'), ('screen', 'Here, before the person who records it')])),
                ('signed_at', models.DateTimeField()),
                ('recorded_by_name', models.TextField(blank=True, default='')),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_by', models.TextField(blank=True, default='')),
                ('withdrawn_as', models.TextField(blank=True, choices=[('patient', 'The patient'), ('guardian', 'Parent or guardian'), ('proxy', 'Health care proxy')], default='')),
                ('withdrawn_how', models.TextField(blank=True, choices=[('paper', 'On paper, which is kept'), ('screen', 'Here, before the person who records it')], default='')),
            ],
        ),
        migrations.CreateModel(
            name='SensitiveCode',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('system', models.TextField()),
                ('code', models.TextField()),
                ('label', models.TextField(choices=[('PSY', 'Mental health'), ('PSYTHPN', 'Psychotherapy note'), ('HIV', 'HIV and AIDS'), ('STD', 'Sexually transmitted disease'), ('SEX', 'Sexuality and reproductive health'), ('ETH', 'Alcohol and other substances'), ('SDV', 'Sexual assault, abuse, domestic violence'), ('GDIS', 'Genetic disease'), ('TBOO', 'Taboo: asked for by the patient')])),
                ('display', models.TextField(blank=True, default='')),
                ('is_active', models.BooleanField(default=True)),
            ],
        ),
        migrations.AddField(
            model_name='patient',
            name='is_vip',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='patient',
            name='staff_member',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='as_patient', to='staff.staffmember'),
        ),
        migrations.AlterField(
            model_name='carerelation',
            name='kind',
            field=models.TextField(choices=[('encounter', 'Visit'), ('order', 'Order'), ('general-practitioner', 'Own doctor'), ('referral', 'Referral')]),
        ),
        migrations.AlterField(
            model_name='carerelation',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='care_relations', to='patients.patient'),
        ),
        migrations.AddIndex(
            model_name='carerelation',
            index=models.Index(fields=['patient', 'ended_at'], name='patients_relation_patient'),
        ),
        migrations.AddField(
            model_name='breakglass',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='breakglass',
            name='practitioner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.practitioner'),
        ),
        migrations.AddField(
            model_name='consent',
            name='department',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.department'),
        ),
        migrations.AddField(
            model_name='consent',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='consent',
            name='practitioner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.practitioner'),
        ),
        migrations.AddConstraint(
            model_name='sensitivecode',
            constraint=models.UniqueConstraint(fields=('system', 'code', 'label'), name='patients_sensitive_once'),
        ),
        migrations.AddIndex(
            model_name='breakglass',
            index=models.Index(fields=['by_id', 'until'], name='patients_glass_by'),
        ),
        migrations.AddIndex(
            model_name='breakglass',
            index=models.Index(condition=models.Q(('verdict__in', ('', 'unclear'))), fields=['facility_id', 'opened_at'], name='patients_glass_to_review'),
        ),
        migrations.AddConstraint(
            model_name='breakglass',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='patients_glass_reason'),
        ),
        migrations.AddConstraint(
            model_name='breakglass',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', ''), models.Q(('reviewed_at__isnull', False), models.Q(('verdict_words', ''), _negated=True)), _connector='OR'), name='patients_glass_verdict_has_words'),
        ),
        migrations.AddConstraint(
            model_name='breakglass',
            constraint=models.CheckConstraint(condition=models.Q(('reviewed_by_id__isnull', True), models.Q(('reviewed_by_id', models.F('by_id')), _negated=True), _connector='OR'), name='patients_glass_second_person'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('practitioner__isnull', False), ('department__isnull', False), _negated=True), name='patients_consent_one_grantee'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('labels__contained_by', ['PSY', 'PSYTHPN', 'HIV', 'STD', 'SEX', 'ETH', 'SDV', 'GDIS', 'TBOO'])), name='patients_consent_labels'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='patients_consent_period'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('in_emergency', False), ('decision', 'deny'), _connector='OR'), name='patients_consent_emergency_denies'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('signed_by', ''), _negated=True), name='patients_consent_signed'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('withdrawn_by', ''), _negated=True), _connector='OR'), name='patients_consent_withdrawal_signed'),
        ),
        migrations.RunSQL(LABELS, GONE),
    ]
