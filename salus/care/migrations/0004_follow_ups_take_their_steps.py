"""A follow-up that is over stays over, and why it was planned is not written over."""

from django.db import migrations

GUARD = """
CREATE FUNCTION care_followup_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.patient_id, OLD.encounter_id, OLD.from_note_id, OLD.facility_id, OLD.department_id, OLD.practitioner_id,
        OLD.display, OLD.note, OLD.due_on, OLD.planned_at)
       IS DISTINCT FROM
       (NEW.patient_id, NEW.encounter_id, NEW.from_note_id, NEW.facility_id, NEW.department_id, NEW.practitioner_id,
        NEW.display, NEW.note, NEW.due_on, NEW.planned_at) THEN
        RAISE EXCEPTION 'what was planned is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> NEW.status AND NOT (CASE OLD.status
        WHEN 'planned' THEN NEW.status IN ('booked', 'done', 'cancelled')
        WHEN 'booked' THEN NEW.status IN ('planned', 'done', 'cancelled')
        ELSE false
    END) THEN
        RAISE EXCEPTION 'a follow-up that is % does not become %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'care_follow_up_state_machine';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_follow_up_guarded BEFORE UPDATE ON care_followup FOR EACH ROW EXECUTE FUNCTION care_followup_guard();
"""
UNGUARD = "DROP TRIGGER a_follow_up_guarded ON care_followup; DROP FUNCTION care_followup_guard();"


class Migration(migrations.Migration):
    dependencies = [("care", "0003_follow_ups")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
