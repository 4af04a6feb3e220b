"""The span of time that a date covers as precisely as it was written: `2019` is a year, `2019-03-04T10:15:00Z` a second."""

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION fhir_start_of(written text, zone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE length(written)
        WHEN 4 THEN (written || '-01-01')::timestamp AT TIME ZONE zone
        WHEN 7 THEN (written || '-01')::timestamp AT TIME ZONE zone
        WHEN 10 THEN written::timestamp AT TIME ZONE zone
        ELSE written::timestamptz END
$$;
CREATE OR REPLACE FUNCTION fhir_end_of(written text, zone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE length(written)
        WHEN 4 THEN ((written || '-01-01')::timestamp + interval '1 year') AT TIME ZONE zone
        WHEN 7 THEN ((written || '-01')::timestamp + interval '1 month') AT TIME ZONE zone
        WHEN 10 THEN (written::timestamp + interval '1 day') AT TIME ZONE zone
        WHEN 20 THEN written::timestamptz + interval '1 second'
        WHEN 25 THEN written::timestamptz + interval '1 second'
        ELSE written::timestamptz + interval '1 microsecond' END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("fhir", "0002_sealed_sources")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS, "DROP FUNCTION fhir_start_of(text, text); DROP FUNCTION fhir_end_of(text, text)"
        )
    ]
