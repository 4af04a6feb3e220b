"""The database holds by itself that nothing disappears: what is over stays as it ended, what was sent stays as it was sent."""

from django.db import migrations

HOLD = """
CREATE FUNCTION inbox_task_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a task that is over is not changed, and none becomes another one'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ended_task_stays BEFORE UPDATE ON inbox_task FOR EACH ROW
WHEN (OLD.status IN ('completed', 'cancelled')
      OR (OLD.source, OLD.kind, OLD.facility_id, OLD.patient_id, OLD.subject, OLD.put_at, OLD.follows_id)
         IS DISTINCT FROM
         (NEW.source, NEW.kind, NEW.facility_id, NEW.patient_id, NEW.subject, NEW.put_at, NEW.follows_id))
EXECUTE FUNCTION inbox_task_stays();
CREATE FUNCTION inbox_communication_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was sent stays as it was sent' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sent_communication_stays BEFORE UPDATE ON inbox_communication FOR EACH ROW
WHEN ((OLD.facility_id, OLD.thread_id, OLD.patient_id, OLD.sender_id, OLD.sender_name, OLD.to_practitioners,
       OLD.to_departments, OLD.body, OLD.priority, OLD.sent_at, OLD.answers_id, OLD.answer_by)
      IS DISTINCT FROM
      (NEW.facility_id, NEW.thread_id, NEW.patient_id, NEW.sender_id, NEW.sender_name, NEW.to_practitioners,
       NEW.to_departments, NEW.body, NEW.priority, NEW.sent_at, NEW.answers_id, NEW.answer_by)
      OR OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
EXECUTE FUNCTION inbox_communication_stays();
"""
LET_GO = """
DROP TRIGGER ended_task_stays ON inbox_task;
DROP FUNCTION inbox_task_stays();
DROP TRIGGER sent_communication_stays ON inbox_communication;
DROP FUNCTION inbox_communication_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
