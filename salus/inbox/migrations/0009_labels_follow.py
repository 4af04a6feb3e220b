"""What a task is about, with the labels that each of it has: whoever marks an entry, by whatever way, marks what is to be done about it.

Rooms above put the trigger `carry_labels` on the tables that a task can be about.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models

FOLLOW = """
CREATE FUNCTION inbox_labels_in(marks jsonb, own text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(DISTINCT l ORDER BY l), '{}')
    FROM (SELECT jsonb_array_elements_text(value) FROM jsonb_each(marks) UNION SELECT unnest(own)) said(l)
$$;
CREATE FUNCTION inbox_carry_labels() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry text := TG_ARGV[0] || ':' || NEW.id;
    said jsonb := jsonb_build_object(entry, to_jsonb(NEW.labels));
    thread record;
BEGIN
    -- Whoever is just putting a task about it holds this shared, and is waited for (salus/inbox/about.py).
    PERFORM pg_advisory_xact_lock(hashtextextended(entry, 0));
    UPDATE inbox_task SET marks = marks || said, labels = inbox_labels_in(marks || said, own_labels)
    WHERE id IN (SELECT id FROM inbox_task WHERE marks ? entry ORDER BY id FOR NO KEY UPDATE);
    FOR thread IN SELECT id, labels FROM inbox_thread WHERE about = entry ORDER BY id FOR NO KEY UPDATE LOOP
        UPDATE inbox_communication SET labels = inbox_labels_in(said, thread.labels)
        WHERE thread_id = thread.id AND labels IS DISTINCT FROM inbox_labels_in(said, thread.labels);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER carry_labels AFTER UPDATE ON inbox_task FOR EACH ROW
WHEN (OLD.labels IS DISTINCT FROM NEW.labels) EXECUTE FUNCTION inbox_carry_labels('inbox.task');
CREATE TRIGGER carry_labels AFTER UPDATE ON inbox_communication FOR EACH ROW
WHEN (OLD.labels IS DISTINCT FROM NEW.labels) EXECUTE FUNCTION inbox_carry_labels('inbox.communication');
DROP TRIGGER ended_task_stays ON inbox_task;
CREATE TRIGGER ended_task_stays BEFORE UPDATE ON inbox_task FOR EACH ROW
WHEN (OLD.status IN ('completed', 'cancelled')
      AND to_jsonb(OLD) - ARRAY['labels', 'marks', 'version', 'updated_at']
          IS DISTINCT FROM to_jsonb(NEW) - ARRAY['labels', 'marks', 'version', 'updated_at']
      OR (OLD.source, OLD.kind, OLD.facility_id, OLD.patient_id, OLD.subject, OLD.put_at, OLD.follows_id, OLD.about)
         IS DISTINCT FROM
         (NEW.source, NEW.kind, NEW.facility_id, NEW.patient_id, NEW.subject, NEW.put_at, NEW.follows_id, NEW.about))
EXECUTE FUNCTION inbox_task_stays();
"""
AS_BEFORE = """
DROP TRIGGER carry_labels ON inbox_task;
DROP TRIGGER carry_labels ON inbox_communication;
DROP FUNCTION inbox_carry_labels();
DROP FUNCTION inbox_labels_in(jsonb, text[]);
DROP TRIGGER ended_task_stays ON inbox_task;
CREATE TRIGGER ended_task_stays BEFORE UPDATE ON inbox_task FOR EACH ROW
WHEN (OLD.status IN ('completed', 'cancelled')
      AND to_jsonb(OLD) - ARRAY['labels', 'version', 'updated_at']
          IS DISTINCT FROM to_jsonb(NEW) - ARRAY['labels', 'version', 'updated_at']
      OR (OLD.source, OLD.kind, OLD.facility_id, OLD.patient_id, OLD.subject, OLD.put_at, OLD.follows_id, OLD.about)
         IS DISTINCT FROM
         (NEW.source, NEW.kind, NEW.facility_id, NEW.patient_id, NEW.subject, NEW.put_at, NEW.follows_id, NEW.about))
EXECUTE FUNCTION inbox_task_stays();
"""
# What stands already: of a message its communication, of what follows the task before, of everything else the entry under whose
# source it was put; the labels that it has without those given by hand.
KNOWN = """
WITH about AS (
    SELECT id, ARRAY(SELECT unnest(labels) EXCEPT SELECT unnest(own_labels) ORDER BY 1) said,
        CASE WHEN kind = 'message' THEN 'inbox.communication:' || (route_args ->> 'communication_id')
             WHEN follows_id IS NOT NULL THEN 'inbox.task:' || follows_id
             WHEN about <> '' THEN about
             WHEN kind <> 'missing' THEN substring(source FROM '^((?:chart|orders|care)[.][a-z]+:[0-9a-f-]{36})[#@]') END entry
    FROM inbox_task)
UPDATE inbox_task t SET marks = jsonb_build_object(a.entry, to_jsonb(a.said))
FROM about a WHERE a.id = t.id AND a.entry IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [("inbox", "0008_labels_by_hand")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="marks",
            field=models.JSONField(default=dict),
        ),
        migrations.AddIndex(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(fields=["marks"], name="inbox_task_marks"),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                condition=models.Q(("about", ""), _negated=True), fields=["about"], name="inbox_thread_about"
            ),
        ),
        migrations.RunSQL(FOLLOW, AS_BEFORE),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
