"""What the role `app` may do to a table. Called by migrations, so that no table is forgotten or opened too far."""

from alembic import op

# Asked once a statement. Asked for each row, the planner took it to let one row of 200 through, and read whole tables.
ASKED = "(SELECT nullif(current_setting('dianyuan.organisation', true), '')::bigint)"
STAGE = "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO app', current_database()); END $$"
FENCE = f"{ASKED} IS NULL OR organisation_id = {ASKED}"


def let_app_use(*tables: str) -> None:
    """Let `app` read and write these tables' rows, never their shape."""
    for table in tables:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO app')


def let_app_append(*tables: str) -> None:
    """Let `app` read and add rows; nobody, the owner included, changes or removes one."""
    for table in tables:
        op.execute(f'GRANT SELECT, INSERT ON "{table}" TO app')
        op.execute(
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f'CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def fence(*tables: str) -> None:
    """Let a transaction that names an organisation (`Database.within`) see and write rows of that one only.

    One that names none works for all of them: callbacks, bridges and jobs do. The owner is not fenced.
    """
    for table in tables:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY fence ON "{table}" USING ({FENCE})')


def let_app_know_its_schema() -> None:
    """Let `app` read which migration the database is at, for readiness."""
    op.execute("GRANT SELECT ON alembic_version TO app")


def let_app_stage() -> None:
    """Let `app` make temporary tables, in which what is delivered is judged before it is stored."""
    op.execute(STAGE)


def create_refusal() -> None:
    """Create the trigger function behind append-only tables."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: book a correction instead', TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
