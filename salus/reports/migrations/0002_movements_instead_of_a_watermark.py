"""Every change of a charge leaves a movement, written by the database itself (docs/decisions/0006)."""

from django.db import migrations, models

SQL = """
CREATE FUNCTION reports_note_new_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_revenuemovement (facility_id, day, department_id, currency, charges, without_price, amount)
    SELECT c.facility_id, (c.occurred_at AT TIME ZONE f.time_zone)::date,
           coalesce(c.department_id, '00000000-0000-0000-0000-000000000000'), c.currency,
           count(*), count(*) FILTER (WHERE c.amount IS NULL), coalesce(sum(c.amount), 0)
    FROM added c JOIN places_facility f ON f.id = c.facility_id
    WHERE c.voided_at IS NULL
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_new_charges AFTER INSERT ON billing_charge
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION reports_note_new_charges();

CREATE FUNCTION reports_note_changed_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_revenuemovement (facility_id, day, department_id, currency, charges, without_price, amount)
    SELECT c.facility_id, (c.occurred_at AT TIME ZONE f.time_zone)::date,
           coalesce(c.department_id, '00000000-0000-0000-0000-000000000000'), c.currency,
           c.sign, CASE WHEN c.amount IS NULL THEN c.sign ELSE 0 END, c.sign * coalesce(c.amount, 0)
    FROM (VALUES
        (-1, OLD.facility_id, OLD.occurred_at, OLD.department_id, OLD.currency, OLD.amount, OLD.voided_at),
        (+1, NEW.facility_id, NEW.occurred_at, NEW.department_id, NEW.currency, NEW.amount, NEW.voided_at)
    ) AS c (sign, facility_id, occurred_at, department_id, currency, amount, voided_at)
    JOIN places_facility f ON f.id = c.facility_id
    WHERE c.voided_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_changed_charge AFTER UPDATE ON billing_charge FOR EACH ROW
    WHEN ((OLD.facility_id, OLD.occurred_at, OLD.department_id, OLD.currency, OLD.amount, OLD.voided_at)
          IS DISTINCT FROM
          (NEW.facility_id, NEW.occurred_at, NEW.department_id, NEW.currency, NEW.amount, NEW.voided_at))
    EXECUTE FUNCTION reports_note_changed_charge();

INSERT INTO reports_revenuemovement (facility_id, day, department_id, currency, charges, without_price, amount)
SELECT c.facility_id, (c.occurred_at AT TIME ZONE f.time_zone)::date,
       coalesce(c.department_id, '00000000-0000-0000-0000-000000000000'), c.currency,
       count(*), count(*) FILTER (WHERE c.amount IS NULL), coalesce(sum(c.amount), 0)
FROM billing_charge c JOIN places_facility f ON f.id = c.facility_id
WHERE c.voided_at IS NULL
GROUP BY 1, 2, 3, 4;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
        ("billing", "0002_bills_add_up"),
        ("places", "0001_initial"),
    ]
    operations = [
        migrations.DeleteModel(name="Watermark"),
        migrations.AddField(
            model_name="dailyrevenue", name="without_price", field=models.BigIntegerField(default=0)
        ),
        migrations.CreateModel(
            name="RevenueMovement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("facility_id", models.UUIDField()),
                ("day", models.DateField()),
                ("department_id", models.UUIDField()),
                ("currency", models.CharField(max_length=3)),
                ("charges", models.BigIntegerField()),
                ("without_price", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
            ],
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
