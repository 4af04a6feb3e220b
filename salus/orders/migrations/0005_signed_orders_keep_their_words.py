"""What was signed here keeps its words and takes no step that FHIR's state machine of a request does not know.

Rows with a `group_id` are orders that a signature of this house made; what came with an imported record follows its source.
A course of medicine that was given out whole (`completed`) can still be stopped while the patient takes it, and work that was
under way when it was held may still be done.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION orders_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
        WHEN 'unknown' THEN true
        ELSE NEW.status = 'entered-in-error' AND OLD.status <> 'entered-in-error'
    END) THEN
        RAISE EXCEPTION 'an order that is % does not become %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'orders_state_machine';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_order_guarded BEFORE UPDATE ON orders_order FOR EACH ROW
WHEN (OLD.group_id IS NOT NULL) EXECUTE FUNCTION orders_order_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_countersign")]
    operations = [
        migrations.RunSQL(GUARD, "DROP TRIGGER signed_order_guarded ON orders_order; DROP FUNCTION orders_order_guard()"),
    ]
