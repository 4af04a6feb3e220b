"""What is on hand is the sum of the movements: the database adds them up, and nothing else changes a lot's stock.

One statement-level trigger, so that a COPY of a million movements is one grouped update.
"""

from django.db import migrations, models

SQL = """
CREATE FUNCTION inventory_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_lot SET on_hand = on_hand + moved.quantity
    FROM (SELECT lot_id, sum(quantity) AS quantity FROM added GROUP BY lot_id) AS moved
    WHERE inventory_lot.id = moved.lot_id;
    RETURN NULL;
END $$;
CREATE TRIGGER add_up AFTER INSERT ON inventory_movement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_add_up();

CREATE FUNCTION inventory_only_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.on_hand <> 0 THEN
            RAISE EXCEPTION 'a lot begins empty: write a movement' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'inventory_stock_is_sum_of_movements';
        END IF;
    ELSIF NEW.on_hand <> OLD.on_hand AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'what is on hand changes by movements only' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'inventory_stock_is_sum_of_movements';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_moved BEFORE INSERT OR UPDATE OF on_hand ON inventory_lot
    FOR EACH ROW EXECUTE FUNCTION inventory_only_moved();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="movement", name="reason", field=models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddIndex(
            model_name="movement", index=models.Index(fields=["source"], name="inventory_movement_source")
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
