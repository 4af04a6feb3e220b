"""How patients are found: plain names to sort by, numbers of other records, and the MRN given by the database."""

from django.db import migrations, models

import salus.patients.models

# ISO/IEC 7812-1 Annex B, as `core.numbers.with_check_digit` (a test holds them equal): the row gets its number without
# a statement of its own, and a bulk load may leave it to the database.
NEXT_MRN = """
CREATE OR REPLACE FUNCTION patients_next_mrn() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    number text := nextval('patients_mrn_seq')::text;
    total integer := 0;
    digit integer;
BEGIN
    FOR place IN 0 .. length(number) - 1 LOOP
        digit := substr(number, length(number) - place, 1)::integer;
        IF place % 2 = 0 THEN
            digit := digit * 2;
            IF digit > 9 THEN digit := digit - 9; END IF;
        END IF;
        total := total + digit;
    END LOOP;
    RETURN number || ((10 - total % 10) % 10)::text;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_mrn")]
    operations = [
        migrations.RunSQL(NEXT_MRN, "DROP FUNCTION patients_next_mrn()"),
        migrations.AlterField(
            "patient", "mrn", models.TextField(db_default=salus.patients.models.NextMrn(), unique=True)
        ),
        migrations.AddField("patient", "sort_key", models.TextField(blank=True, db_collation="C", default="")),
        migrations.AddField("patient", "given_key", models.TextField(blank=True, db_collation="C", default="")),
        migrations.AddIndex("patient", models.Index(fields=["facility", "sort_key"], name="patients_patient_sort")),
        migrations.AddIndex("patient", models.Index(fields=["facility", "given_key"], name="patients_patient_given")),
        migrations.AddIndex("identifier", models.Index(fields=["value_key"], name="patients_identifier_value")),
    ]
