"""A session that was written down in error is voided, once; a course that it had ended goes on."""

from django.db import migrations, models

GUARD = """
DROP TRIGGER a_session_stays ON care_session;
CREATE TRIGGER a_session_stays BEFORE UPDATE ON care_session FOR EACH ROW
WHEN ((OLD.treatment_id, OLD.number) IS DISTINCT FROM (NEW.treatment_id, NEW.number)
      OR OLD.status <> 'planned' AND (OLD.voided_at IS NOT NULL OR
          (OLD.status, OLD.planned_on, OLD.done_at, OLD.done_by_id, OLD.done_by_name, OLD.dose, OLD.dose_unit, OLD.reason, OLD.note)
          IS DISTINCT FROM
          (NEW.status, NEW.planned_on, NEW.done_at, NEW.done_by_id, NEW.done_by_name, NEW.dose, NEW.dose_unit, NEW.reason, NEW.note)))
EXECUTE FUNCTION care_stays();
CREATE FUNCTION care_treatment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'active' AND EXISTS (
        SELECT FROM care_session s
        WHERE s.treatment_id = OLD.id AND s.voided_at IS NOT NULL AND s.done_at = OLD.ended_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was done or ended stays so' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER a_treatment_stays ON care_treatment;
CREATE TRIGGER a_treatment_stays BEFORE UPDATE ON care_treatment FOR EACH ROW
WHEN ((OLD.patient_id, OLD.display, OLD.planned_sessions, OLD.dose, OLD.dose_unit, OLD.ordered_at)
      IS DISTINCT FROM (NEW.patient_id, NEW.display, NEW.planned_sessions, NEW.dose, NEW.dose_unit, NEW.ordered_at))
EXECUTE FUNCTION care_stays();
CREATE TRIGGER a_treatment_stays_ended BEFORE UPDATE ON care_treatment FOR EACH ROW
WHEN (OLD.status <> 'active' AND OLD.status <> NEW.status) EXECUTE FUNCTION care_treatment_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0006_sessions_stay'),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='void_reason',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='session',
            name='voided_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='voided_by_id',
            field=models.UUIDField(null=True),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
