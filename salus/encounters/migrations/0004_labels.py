"""Sensitivity labels on visits: by the codes of their reasons."""

import django.contrib.postgres.fields
from django.db import migrations, models


TRIGGER = """
CREATE FUNCTION encounters_label_visit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text[] := (SELECT array_agg(DISTINCT l) FROM jsonb_array_elements(NEW.reasons) r, unnest(patients_labels_in(r)) l);
BEGIN
    IF found IS NOT NULL AND NOT found <@ NEW.labels THEN
        NEW.labels := ARRAY(SELECT DISTINCT l FROM unnest(NEW.labels || found) l ORDER BY l);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF reasons ON encounters_encounter FOR EACH ROW
WHEN (jsonb_typeof(NEW.reasons) = 'array' AND NEW.reasons <> '[]') EXECUTE FUNCTION encounters_label_visit()
"""
GONE = "DROP TRIGGER label_by_code ON encounters_encounter; DROP FUNCTION encounters_label_visit()"

class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0004_access'),
        ('encounters', '0003_who_came_today'),
    ]

    operations = [
        migrations.AddField(
            model_name='encounter',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.RunSQL(TRIGGER, GONE),
    ]
