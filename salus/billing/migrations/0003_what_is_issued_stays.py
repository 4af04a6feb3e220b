"""What was issued or paid stays as it was; a charge is on the line of its invoice; what waits is found quickly."""

import salus.core.models
from django.db import migrations, models

SQL = """
-- One look at the invoice instead of three: these run while the number series is locked, when the act commits.
CREATE OR REPLACE FUNCTION billing_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bill uuid;
    stated numeric; settled numeric; lines numeric; payments numeric;
BEGIN
    IF TG_TABLE_NAME = 'billing_invoice' THEN bill := NEW.id; ELSE bill := NEW.invoice_id; END IF;
    IF TG_TABLE_NAME <> 'billing_payment' THEN
        SELECT i.total, (SELECT coalesce(sum(l.amount), 0) FROM billing_invoiceline l
                         WHERE l.invoice_id = i.id AND l.voided_at IS NULL)
            INTO stated, lines FROM billing_invoice i WHERE i.id = bill;
        IF stated <> lines THEN
            RAISE EXCEPTION 'the invoice says %, its lines %', stated, lines USING ERRCODE = 'check_violation',
                CONSTRAINT = 'billing_total_is_sum_of_lines';
        END IF;
    END IF;
    IF TG_TABLE_NAME <> 'billing_invoiceline' THEN
        SELECT i.paid, (SELECT coalesce(sum(p.amount), 0) FROM billing_payment p
                        WHERE p.invoice_id = i.id AND p.voided_at IS NULL)
            INTO settled, payments FROM billing_invoice i WHERE i.id = bill;
        IF settled <> payments THEN
            RAISE EXCEPTION 'the invoice says % paid, its payments %', settled, payments
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_paid_is_sum_of_payments';
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- A charge that says it is billed is on a line of that invoice, of that patient, with that amount: no money falls
-- between the charges and the invoices.
CREATE FUNCTION billing_charge_is_on_its_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE l.charge_id = NEW.id AND l.invoice_id = NEW.invoice_id AND l.amount = NEW.amount AND l.voided_at IS NULL
          AND i.patient_id = NEW.patient_id AND i.facility_id = NEW.facility_id AND i.currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a billed charge is on no line of its invoice' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'billing_charge_is_on_its_line';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER on_its_line AFTER INSERT OR UPDATE OF invoice_id, amount, currency, voided_at
    ON billing_charge DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.invoice_id IS NOT NULL)
    EXECUTE FUNCTION billing_charge_is_on_its_line();

CREATE FUNCTION billing_line_has_its_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_charge c WHERE c.id = NEW.charge_id AND c.invoice_id = NEW.invoice_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the charge of a line is not on that invoice' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'billing_line_has_its_charge';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER has_its_charge AFTER INSERT ON billing_invoiceline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_line_has_its_charge();

CREATE FUNCTION billing_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what % says is not changed any more', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON billing_invoice FOR EACH ROW WHEN (
    (OLD.facility_id, OLD.patient_id, OLD.number, OLD.currency, OLD.total, OLD.issued_at)
    IS DISTINCT FROM (NEW.facility_id, NEW.patient_id, NEW.number, NEW.currency, NEW.total, NEW.issued_at))
    EXECUTE FUNCTION billing_frozen();
CREATE TRIGGER frozen BEFORE UPDATE ON billing_invoiceline FOR EACH ROW WHEN (
    (OLD.invoice_id, OLD.charge_id, OLD.place, OLD.description, OLD.quantity, OLD.unit_price, OLD.amount)
    IS DISTINCT FROM
    (NEW.invoice_id, NEW.charge_id, NEW.place, NEW.description, NEW.quantity, NEW.unit_price, NEW.amount))
    EXECUTE FUNCTION billing_frozen();
CREATE TRIGGER frozen BEFORE UPDATE ON billing_payment FOR EACH ROW WHEN (
    (OLD.facility_id, OLD.invoice_id, OLD.receipt_number, OLD.method, OLD.amount, OLD.tendered, OLD.change,
     OLD.currency, OLD.received_at)
    IS DISTINCT FROM
    (NEW.facility_id, NEW.invoice_id, NEW.receipt_number, NEW.method, NEW.amount, NEW.tendered, NEW.change,
     NEW.currency, NEW.received_at))
    EXECUTE FUNCTION billing_frozen();
-- A charge may learn its price once, and be put on an invoice once.
CREATE TRIGGER frozen BEFORE UPDATE ON billing_charge FOR EACH ROW WHEN (
    (OLD.facility_id, OLD.patient_id, OLD.occurred_at, OLD.source, OLD.quantity)
    IS DISTINCT FROM (NEW.facility_id, NEW.patient_id, NEW.occurred_at, NEW.source, NEW.quantity)
    OR (OLD.amount IS NOT NULL
        AND (OLD.amount, OLD.unit_price, OLD.currency) IS DISTINCT FROM (NEW.amount, NEW.unit_price, NEW.currency))
    OR (OLD.invoice_id IS NOT NULL AND OLD.invoice_id IS DISTINCT FROM NEW.invoice_id))
    EXECUTE FUNCTION billing_frozen();

CREATE FUNCTION billing_count_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER count_again BEFORE UPDATE ON billing_charge FOR EACH ROW WHEN (
    (OLD.amount, OLD.currency, OLD.department_id, OLD.voided_at)
    IS DISTINCT FROM (NEW.amount, NEW.currency, NEW.department_id, NEW.voided_at))
    EXECUTE FUNCTION billing_count_again();

-- "n charges are on their way": from one patient's facts to the few jobs that wait, run or have failed.
CREATE INDEX billing_on_their_way ON procrastinate_jobs (((args->>'fact_id')::bigint))
    WHERE status IN ('todo', 'doing', 'failed') AND task_name = 'core.run_consequence';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('procrastinate', '0041_post_retry_failed_job'),
        ('billing', '0002_bills_add_up'),
        ('catalog', '0002_reference_data'),
        ('encounters', '0003_who_came_today'),
        ('patients', '0003_finding'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='charge',
            name='billing_charge_open',
        ),
        migrations.AddField(
            model_name='charge',
            name='service_code',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='charge',
            name='xid',
            field=salus.core.models.TransactionIdField(db_default=salus.core.models.CurrentTransaction(), editable=False),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('invoice__isnull', True), ('voided_at__isnull', True)), fields=['facility', 'patient'], include=('occurred_at', 'amount', 'currency'), name='billing_charge_open'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('amount__isnull', True), ('voided_at__isnull', True)), fields=['facility', 'service_code'], name='billing_charge_unpriced'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(fields=['xid'], name='billing_charge_xid'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['facility', 'issued_at'], name='billing_invoice_day'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
