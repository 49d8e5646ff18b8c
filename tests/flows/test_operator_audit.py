"""What an operator decides at the command line stands in the audit trail, with the reason."""

from click.testing import CliRunner
from sqlalchemy import select, text

from backend.audit.models import AuditEntry
from backend.cli.__main__ import main
from backend.runtime import Runtime
from tests import park


def test_letting_money_flow_again_is_kept_with_who_and_why(runtime: Runtime) -> None:
    known, settings = park.build(runtime), runtime.settings
    runtime.database.run(lambda session: session.execute(text("UPDATE meter SET frozen_reason = 'foreign_count'")))
    environment = {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MASTER_KEY": settings.master_key.get_secret_value(),
        "COMMAND_SIGNING_KEY": settings.command_signing_key.get_secret_value(),
    }
    words = ["--organisation", known.organisation.name, "--reason", "meter was read by hand", "--by", "dora"]
    told = CliRunner().invoke(main, ["meter", "unfreeze", known.counting.meter.number, *words], env=environment)
    assert told.exit_code == 0, told.output
    with runtime.database.transaction() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_name, entry.reason) == ("meter_unfrozen", "dora", "meter was read by hand")
    assert (entry.subject_kind, entry.subject_id, entry.before) == (
        "meter",
        known.counting.meter.id,
        {"frozen": "foreign_count"},
    )
