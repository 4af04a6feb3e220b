"""A bill adds up, or it does not exist: checked by the database when the act commits."""

from django.db import migrations

SQL = """
CREATE FUNCTION billing_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bill uuid;
    stated numeric; settled numeric; lines numeric; payments numeric;
BEGIN
    IF TG_TABLE_NAME = 'billing_invoice' THEN bill := NEW.id; ELSE bill := NEW.invoice_id; END IF;
    SELECT total, paid INTO stated, settled FROM billing_invoice WHERE id = bill;
    SELECT coalesce(sum(amount), 0) INTO lines FROM billing_invoiceline
        WHERE invoice_id = bill AND voided_at IS NULL;
    SELECT coalesce(sum(amount), 0) INTO payments FROM billing_payment
        WHERE invoice_id = bill AND voided_at IS NULL;
    IF stated <> lines THEN
        RAISE EXCEPTION 'the invoice says %, its lines %', stated, lines USING ERRCODE = 'check_violation',
            CONSTRAINT = 'billing_total_is_sum_of_lines';
    END IF;
    IF settled <> payments THEN
        RAISE EXCEPTION 'the invoice says % paid, its payments %', settled, payments USING ERRCODE = 'check_violation',
            CONSTRAINT = 'billing_paid_is_sum_of_payments';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT OR UPDATE ON billing_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_adds_up();
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT OR UPDATE ON billing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_adds_up();
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT OR UPDATE ON billing_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_adds_up();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
