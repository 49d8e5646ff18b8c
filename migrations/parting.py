"""Tables in partitions by time: made and dropped by functions that the role `app` may call, though it owns no table."""

import re
from typing import Any

from alembic import op

PARTITION = re.compile(r"(reading|hour_register)_(default|\d{8})")


def is_part_of_the_schema(_: Any, name: str | None, kind: str, reflected: bool, model: Any) -> bool:  # noqa: FBT001 Alembic calls it so
    """Say whether Alembic may compare this: partitions come and go without migrations."""
    return not (kind == "table" and reflected and model is None and PARTITION.fullmatch(name or ""))


def create_functions() -> None:
    """Create the view of partitions and the functions that make and drop them."""
    for statement in (VIEW, MAKE, DROP):
        op.execute(statement)
    for function in ("make_partition(text, timestamptz, timestamptz)", "drop_partitions(text, timestamptz)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO app")
    op.execute("GRANT SELECT ON reading_partition TO app")


VIEW = r"""
CREATE VIEW reading_partition AS
SELECT parent.relname::text AS parent, child.relname::text AS name,
       (regexp_match(pg_get_expr(child.relpartbound, child.oid), $$FROM \('([^']+)'\)$$))[1]::timestamptz AS starts,
       (regexp_match(pg_get_expr(child.relpartbound, child.oid), $$TO \('([^']+)'\)$$))[1]::timestamptz AS ends
FROM pg_inherits
JOIN pg_class child ON child.oid = pg_inherits.inhrelid
JOIN pg_class parent ON parent.oid = pg_inherits.inhparent
WHERE parent.relkind = 'p' AND parent.relname IN ('reading', 'hour_register')
"""
# What came before its partition was there waits in the default one, and goes where it belongs.
MAKE = """
CREATE FUNCTION make_partition(parent text, starts timestamptz, ends timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    name text := parent || '_' || to_char(starts, 'YYYYMMDD');
    at text := CASE parent WHEN 'reading' THEN 'read_at' WHEN 'hour_register' THEN 'at' END;
BEGIN
    IF at IS NULL OR starts >= ends THEN
        RAISE EXCEPTION 'no partition of % from % to %', parent, starts, ends;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('partitions of ' || parent));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', name, parent);
    EXECUTE format('WITH moved AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *)'
                   ' INSERT INTO public.%I SELECT * FROM moved', parent || '_default', at, starts, at, ends, name);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, name, starts, ends);
    RETURN 1;
END $$
"""
DROP = """
CREATE FUNCTION drop_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    old record;
    dropped integer := 0;
BEGIN
    IF before > now() - interval '13 months' THEN
        RAISE EXCEPTION 'readings are kept for 13 months at least';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('partitions of ' || parent));
    FOR old IN SELECT p.name FROM public.reading_partition p
               WHERE p.parent = drop_partitions.parent AND p.ends <= before
    LOOP
        EXECUTE format('DROP TABLE public.%I', old.name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$
"""
