"""An order that a course of sessions had completed is open again where the session that ended the course was voided."""

from django.db import migrations

WITHOUT = """
CREATE OR REPLACE FUNCTION orders_ended_in_error(uuid) RETURNS boolean LANGUAGE sql STABLE RETURN EXISTS (
    SELECT FROM orders_performance p
    WHERE p.order_id = $1 AND p.ends_order AND p.voided_at IS NOT NULL AND p.kind <> 'medicine')"""
WITH = f"""{WITHOUT} OR EXISTS (
    SELECT FROM care_treatment t JOIN care_session s ON s.treatment_id = t.id
    WHERE t.order_id = $1 AND t.status = 'active' AND s.voided_at IS NOT NULL)"""


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0007_sessions_are_voided'),
        ('orders', '0008_performances'),
    ]

    operations = [
        migrations.RunSQL(WITH, WITHOUT),
    ]
