"""Sensitivity labels on the entries of the record; a code of the hospital's tables gives them by itself."""

import django.contrib.postgres.fields
from django.db import migrations, models


LABELLED = ("careplan", "condition", "diagnosticreport", "document", "goal", "immunization", "note", "observation", "procedure")
# An allergy is never hidden: whoever opens the record sees it.
ALLERGY = """
ALTER TABLE chart_allergyintolerance ADD CONSTRAINT chart_allergy_is_never_hidden CHECK (labels = '{}')
"""
TRIGGER = """
CREATE TRIGGER label_by_code BEFORE INSERT OR UPDATE OF code_system, code, codings ON chart_{0} FOR EACH ROW
WHEN (NEW.code <> '') EXECUTE FUNCTION patients_label_entry()
"""

class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0004_access'),
        ('chart', '0002_signed_notes_are_locked'),
    ]

    operations = [
        migrations.AddField(
            model_name='allergyintolerance',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='careplan',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='condition',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='diagnosticreport',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='document',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='goal',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='immunization',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='note',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='observation',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='procedure',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.RunSQL(ALLERGY, "ALTER TABLE chart_allergyintolerance DROP CONSTRAINT chart_allergy_is_never_hidden"),
        *(migrations.RunSQL(TRIGGER.format(one), f"DROP TRIGGER label_by_code ON chart_{one}") for one in LABELLED),
    ]
