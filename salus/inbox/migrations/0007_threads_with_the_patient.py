"""The patient writes to the care team and is answered: who of the two wrote what stays as it was sent."""

from django.db import migrations, models

_SENT = "facility_id thread_id patient_id sender_id sender_name to_practitioners to_departments body priority sent_at answers_id answer_by"


def _stays(*columns: str) -> str:
    old, new = (", ".join(f"{row}.{one}" for one in columns) for row in ("OLD", "NEW"))
    return f"""
DROP TRIGGER sent_communication_stays ON inbox_communication;
CREATE TRIGGER sent_communication_stays BEFORE UPDATE ON inbox_communication FOR EACH ROW
WHEN (({old}) IS DISTINCT FROM ({new})
      OR OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
EXECUTE FUNCTION inbox_communication_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0006_threads_are_marked'),
    ]

    operations = [
        migrations.AddField(
            model_name='thread',
            name='is_with_patient',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='communication',
            name='is_from_patient',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='communication',
            name='is_to_patient',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RemoveConstraint(
            model_name='communication',
            name='inbox_communication_to_somebody',
        ),
        migrations.AddConstraint(
            model_name='communication',
            constraint=models.CheckConstraint(condition=models.Q(('to_practitioners__len__gt', 0), ('to_departments__len__gt', 0), ('is_to_patient', True), _connector='OR'), name='inbox_communication_to_somebody'),
        ),
        migrations.RunSQL(_stays(*_SENT.split(), "is_from_patient", "is_to_patient"), _stays(*_SENT.split())),
    ]
