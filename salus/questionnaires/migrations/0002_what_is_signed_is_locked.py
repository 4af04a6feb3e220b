"""What the database holds by itself of forms: a version in use is not written over, nor what was signed; labels come by code."""

from django.db import migrations

LOCK = """
CREATE FUNCTION questionnaires_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a form in use, or signed, is not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER version_locked BEFORE UPDATE ON questionnaires_questionnaire FOR EACH ROW
WHEN ((OLD.status <> 'draft' AND (OLD.content, OLD.title, OLD.code_system, OLD.code)
       IS DISTINCT FROM (NEW.content, NEW.title, NEW.code_system, NEW.code))
      OR (OLD.facility_id, OLD.url, OLD.number, OLD.edition) IS DISTINCT FROM (NEW.facility_id, NEW.url, NEW.number, NEW.edition)
      OR (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN
          (('draft', 'active'), ('draft', 'retired'), ('active', 'retired'))))
EXECUTE FUNCTION questionnaires_locked();
CREATE TRIGGER signed_form_locked BEFORE UPDATE ON questionnaires_questionnaireresponse FOR EACH ROW
WHEN ((OLD.patient_id, OLD.encounter_id, OLD.status, OLD.questionnaire_id, OLD.answers, OLD.author_id, OLD.author_name,
       OLD.authored_at, OLD.amends_id, OLD.root_id, OLD.reason)
      IS DISTINCT FROM
      (NEW.patient_id, NEW.encounter_id, NEW.status, NEW.questionnaire_id, NEW.answers, NEW.author_id, NEW.author_name,
       NEW.authored_at, NEW.amends_id, NEW.root_id, NEW.reason))
EXECUTE FUNCTION questionnaires_locked();
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON questionnaires_questionnaireresponse
FOR EACH ROW WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry();
"""
UNLOCK = """
DROP TRIGGER label_by_code ON questionnaires_questionnaireresponse;
DROP TRIGGER signed_form_locked ON questionnaires_questionnaireresponse;
DROP TRIGGER version_locked ON questionnaires_questionnaire;
DROP FUNCTION questionnaires_locked();
"""


class Migration(migrations.Migration):
    dependencies = [("questionnaires", "0001_initial"), ("patients", "0004_access")]
    operations = [migrations.RunSQL(LOCK, UNLOCK)]
