"""What is done of an order, each time once: it stays as it was written, and is voided. What had ended an order by mistake
leaves it open again."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import salus.core.fields
import salus.core.ids
from django.db import migrations, models


GUARD = """
CREATE FUNCTION orders_ended_in_error(uuid) RETURNS boolean LANGUAGE sql STABLE RETURN EXISTS (
    SELECT FROM orders_performance p
    WHERE p.order_id = $1 AND p.ends_order AND p.voided_at IS NOT NULL AND p.kind <> 'medicine');
CREATE OR REPLACE FUNCTION orders_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'draft' AND
       (OLD.patient_id, OLD.encounter_id, OLD.department_id, OLD.kind, OLD.intent, OLD.priority, OLD.group_id,
        OLD.code_system, OLD.code, OLD.display, OLD.test_id, OLD.medicine_id, OLD.presentation_id, OLD.orderable_id,
        OLD.performer_id, OLD.dose, OLD.dose_unit, OLD.route, OLD.frequency, OLD.period, OLD.period_unit, OLD.as_needed,
        OLD.as_needed_for, OLD.most_per_day, OLD.duration_days, OLD.dosage_text, OLD.pattern, OLD.steps, OLD.dose_per_kg,
        OLD.weight_kg, OLD.quantity, OLD.quantity_unit, OLD.repeats, OLD.expires_on, OLD.note, OLD.reasons,
        OLD.requester_id, OLD.requester_name, OLD.authored_at, OLD.replaces_id, OLD.override_reason, OLD.countersign,
        OLD.recorded_by_id)
       IS DISTINCT FROM
       (NEW.patient_id, NEW.encounter_id, NEW.department_id, NEW.kind, NEW.intent, NEW.priority, NEW.group_id,
        NEW.code_system, NEW.code, NEW.display, NEW.test_id, NEW.medicine_id, NEW.presentation_id, NEW.orderable_id,
        NEW.performer_id, NEW.dose, NEW.dose_unit, NEW.route, NEW.frequency, NEW.period, NEW.period_unit, NEW.as_needed,
        NEW.as_needed_for, NEW.most_per_day, NEW.duration_days, NEW.dosage_text, NEW.pattern, NEW.steps, NEW.dose_per_kg,
        NEW.weight_kg, NEW.quantity, NEW.quantity_unit, NEW.repeats, NEW.expires_on, NEW.note, NEW.reasons,
        NEW.requester_id, NEW.requester_name, NEW.authored_at, NEW.replaces_id, NEW.override_reason, NEW.countersign,
        NEW.recorded_by_id) THEN
        RAISE EXCEPTION 'a signed order is not changed: it is replaced by another' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.countersigned_at IS NOT NULL AND
       (OLD.countersigned_at, OLD.countersigned_by_id, OLD.countersigned_name, OLD.countersign_by_id) IS DISTINCT FROM
       (NEW.countersigned_at, NEW.countersigned_by_id, NEW.countersigned_name, NEW.countersign_by_id) THEN
        RAISE EXCEPTION 'a countersignature stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> NEW.status AND NOT (CASE OLD.status
        WHEN 'draft' THEN NEW.status IN ('active', 'on-hold', 'cancelled', 'revoked', 'entered-in-error')
        WHEN 'active' THEN NEW.status IN ('on-hold', 'completed', 'cancelled', 'entered-in-error',
            CASE NEW.kind WHEN 'medicine' THEN 'stopped' ELSE 'revoked' END)
        WHEN 'on-hold' THEN NEW.status IN ('active', 'completed', 'cancelled', 'entered-in-error',
            CASE NEW.kind WHEN 'medicine' THEN 'stopped' ELSE 'revoked' END)
        WHEN 'completed' THEN NEW.status = 'entered-in-error' OR NEW.status = 'stopped' AND NEW.kind = 'medicine'
            OR NEW.status = 'active' AND orders_ended_in_error(NEW.id)
        WHEN 'revoked' THEN NEW.status = 'entered-in-error' OR NEW.status = 'active' AND orders_ended_in_error(NEW.id)
        WHEN 'unknown' THEN true
        ELSE NEW.status = 'entered-in-error' AND OLD.status <> 'entered-in-error'
    END) THEN
        RAISE EXCEPTION 'an order that is % does not become %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'orders_state_machine';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION orders_performance_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may text[] := ARRAY['version', 'updated_at', 'created_at', 'labels', 'voided_at', 'voided_by_id', 'void_reason'];
BEGIN
    IF OLD.voided_at IS NOT NULL OR (to_jsonb(OLD) - may) IS DISTINCT FROM (to_jsonb(NEW) - may) THEN
        RAISE EXCEPTION 'what was done stays as it was written: void it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_performance_stays BEFORE UPDATE ON orders_performance FOR EACH ROW
WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION orders_performance_stays();
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON orders_performance
FOR EACH ROW WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry();
"""
UNGUARD = """
DROP TRIGGER label_by_code ON orders_performance;
DROP TRIGGER a_performance_stays ON orders_performance;
DROP FUNCTION orders_performance_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('encounters', '0004_labels'),
        ('orders', '0007_statement_started_at'),
        ('patients', '0005_appointments'),
        ('staff', '0002_profile'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='supplied_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='Performance',
            fields=[
                ('id', models.UUIDField(default=salus.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('recorded_by_id', models.UUIDField(editable=False, null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('voided_by_id', models.UUIDField(null=True)),
                ('void_reason', models.TextField(blank=True, default='')),
                ('code_system', models.TextField(blank=True, default='')),
                ('code', models.TextField(blank=True, default='')),
                ('display', models.TextField(blank=True, default='')),
                ('codings', models.JSONField(null=True)),
                ('note', models.TextField(blank=True, default='')),
                ('source', models.TextField(null=True, unique=True)),
                ('labels', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('status', models.TextField(choices=[('in-progress', 'in-progress'), ('not-done', 'not-done'), ('on-hold', 'on-hold'), ('completed', 'completed'), ('entered-in-error', 'entered-in-error'), ('stopped', 'stopped'), ('unknown', 'unknown')])),
                ('kind', models.TextField(default='medicine')),
                ('number', models.SmallIntegerField(null=True)),
                ('reason_code', models.TextField(blank=True, default='')),
                ('reason', models.TextField(blank=True, default='')),
                ('performed', salus.core.fields.PartialDateField(null=True)),
                ('at', models.DateTimeField(null=True)),
                ('performer_name', models.TextField(blank=True, default='')),
                ('dose', salus.core.fields.WrittenDecimalField(null=True)),
                ('dose_unit', models.TextField(blank=True, default='')),
                ('route', models.TextField(blank=True, default='')),
                ('override_reason', models.TextField(blank=True, default='')),
                ('ends_order', models.BooleanField(default=False)),
                ('encounter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='encounters.encounter')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='performances', to='orders.order')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('performer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.practitioner')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-at'], name='orders_performed_patient'), models.Index(fields=['updated_at', 'id'], name='orders_performed_updated')],
                'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='orders_performed_once'), models.CheckConstraint(condition=models.Q(('dose__isnull', True), ('dose__gt', 0), _connector='OR'), name='orders_performed_dose'), models.CheckConstraint(condition=models.Q(('number__isnull', True), models.Q(('at__isnull', False), ('number__gt', 0), ('order__isnull', False), ('status', 'completed')), models.Q(('at__isnull', False), ('number__gt', 0), ('order__isnull', False), ('status', 'not-done'), models.Q(('reason_code', ''), _negated=True)), _connector='OR'), name='orders_performed_says_what'), models.CheckConstraint(condition=models.Q(('number__isnull', True), models.Q(('kind', 'medicine'), ('status', 'completed'), _negated=True), models.Q(('dose__isnull', False), models.Q(('dose_unit', ''), _negated=True)), _connector='OR'), name='orders_performed_how_much')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
