"""What was given stays given, once; an ended treatment stays ended; a plan made here does not begin again."""

from django.db import migrations

GUARD = """
CREATE FUNCTION care_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done or ended stays so' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER a_session_stays BEFORE UPDATE ON care_session FOR EACH ROW
WHEN (OLD.status <> 'planned' OR (OLD.treatment_id, OLD.number) IS DISTINCT FROM (NEW.treatment_id, NEW.number))
EXECUTE FUNCTION care_stays();
CREATE TRIGGER a_treatment_stays BEFORE UPDATE ON care_treatment FOR EACH ROW
WHEN ((OLD.patient_id, OLD.display, OLD.planned_sessions, OLD.dose, OLD.dose_unit, OLD.ordered_at)
      IS DISTINCT FROM (NEW.patient_id, NEW.display, NEW.planned_sessions, NEW.dose, NEW.dose_unit, NEW.ordered_at)
      OR (OLD.status <> 'active' AND OLD.status <> NEW.status))
EXECUTE FUNCTION care_stays();
CREATE TRIGGER a_plan_stays BEFORE UPDATE ON chart_careplan FOR EACH ROW
WHEN (OLD.source LIKE 'care.plan:%' AND OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN
      (('draft', 'active'), ('draft', 'revoked'), ('active', 'completed'), ('active', 'revoked'), ('active', 'on-hold'),
       ('on-hold', 'active'), ('on-hold', 'revoked')))
EXECUTE FUNCTION care_stays();
"""
UNGUARD = """
DROP TRIGGER a_plan_stays ON chart_careplan;
DROP TRIGGER a_treatment_stays ON care_treatment;
DROP TRIGGER a_session_stays ON care_session;
DROP FUNCTION care_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("care", "0005_treatments_and_teams"), ("chart", "0007_procedures_and_goals")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
