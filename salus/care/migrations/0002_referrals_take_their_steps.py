"""A referral goes only from one state to the next (`rules.referrals.NEXT`), and what was asked is not written over."""

from django.db import migrations

GUARD = """
CREATE FUNCTION care_referral_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.patient_id, OLD.encounter_id, OLD.order_id, OLD.is_incoming, OLD.question, OLD.priority, OLD.referrer_id,
        OLD.referrer_name, OLD.from_department_id, OLD.sent_at, OLD.display)
       IS DISTINCT FROM
       (NEW.patient_id, NEW.encounter_id, NEW.order_id, NEW.is_incoming, NEW.question, NEW.priority, NEW.referrer_id,
        NEW.referrer_name, NEW.from_department_id, NEW.sent_at, NEW.display) THEN
        RAISE EXCEPTION 'what was asked is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.answered_at IS NOT NULL AND
       (OLD.answer, OLD.answer_note_id, OLD.answer_document_id, OLD.answered_at, OLD.answered_by_name)
       IS DISTINCT FROM
       (NEW.answer, NEW.answer_note_id, NEW.answer_document_id, NEW.answered_at, NEW.answered_by_name) THEN
        RAISE EXCEPTION 'an answer is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> NEW.status AND NOT (CASE OLD.status
        WHEN 'sent' THEN NEW.status IN ('accepted', 'declined', 'booked', 'seen', 'answered', 'cancelled')
        WHEN 'accepted' THEN NEW.status IN ('declined', 'booked', 'seen', 'answered', 'cancelled')
        WHEN 'booked' THEN NEW.status IN ('accepted', 'declined', 'seen', 'answered', 'cancelled')
        WHEN 'seen' THEN NEW.status = 'answered'
        WHEN 'answered' THEN NEW.status = 'closed'
        WHEN 'declined' THEN NEW.status IN ('sent', 'closed')
        ELSE false
    END) THEN
        RAISE EXCEPTION 'a referral that is % does not become %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'care_referral_state_machine';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_referral_guarded BEFORE UPDATE ON care_referral FOR EACH ROW EXECUTE FUNCTION care_referral_guard();
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON care_referral
FOR EACH ROW WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry();
"""
UNGUARD = """
DROP TRIGGER label_by_code ON care_referral;
DROP TRIGGER a_referral_guarded ON care_referral;
DROP FUNCTION care_referral_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial"), ("patients", "0004_access")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
