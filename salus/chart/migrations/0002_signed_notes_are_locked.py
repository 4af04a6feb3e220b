"""A signed note is locked by the database: what was signed cannot be written over, whatever the application does."""

from django.db import migrations

LOCK = """
CREATE FUNCTION chart_note_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed note is not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER signed_note_locked BEFORE UPDATE ON chart_note FOR EACH ROW
WHEN (OLD.status = 'signed' AND
      (OLD.patient_id, OLD.encounter_id, OLD.status, OLD.kind, OLD.title, OLD.sections, OLD.author_id, OLD.author_name,
       OLD.written_at, OLD.signed_at, OLD.addendum_to_id, OLD.diagnoses)
      IS DISTINCT FROM
      (NEW.patient_id, NEW.encounter_id, NEW.status, NEW.kind, NEW.title, NEW.sections, NEW.author_id, NEW.author_name,
       NEW.written_at, NEW.signed_at, NEW.addendum_to_id, NEW.diagnoses))
EXECUTE FUNCTION chart_note_locked();
"""


class Migration(migrations.Migration):
    dependencies = [("chart", "0001_initial")]
    operations = [
        migrations.RunSQL(LOCK, "DROP TRIGGER signed_note_locked ON chart_note; DROP FUNCTION chart_note_locked()"),
    ]
