"""The operator's commands for staff and the audit trail, run as an operator runs them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from backend.cli.__main__ import main
from backend.cli.seeding_staff import let_staff_in
from backend.jobs.drains import seals
from backend.runtime import Runtime
from backend.signing_in import set_up
from tests.flows.staff_world import PASSWORD, Office, open_office

Command = Callable[..., Result]
COMPANY = "Alice's company"


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """An office nobody works in yet."""
    return open_office(runtime)


@pytest.fixture
def command(office: Office) -> Command:
    """Run a command of the product in the environment of an operator."""
    settings = office.runtime.settings
    environment = {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MASTER_KEY": settings.master_key.get_secret_value(),
        "COMMAND_SIGNING_KEY": settings.command_signing_key.get_secret_value(),
    }
    return lambda *words: CliRunner().invoke(main, words, env=environment)


def test_the_first_administrator_comes_by_a_printed_link(office: Office, command: Command) -> None:
    invited = command("staff", "invite", "alice", "--organisation", COMPANY, "--name", "Alice", "--by", "installer")
    link = re.search(r"/admin/setup/([0-9a-f]{64})$", invited.output.strip())
    assert link, invited.output
    assert (
        len(set_up(office.runtime, token=link[1], password=PASSWORD, code=office.code("alice"), request_id="r")) == 10
    )
    listed = command("staff", "list", "--organisation", COMPANY).output
    assert listed == "alice Alice active: administrator\n"
    assert command("staff", "code", "alice").output.strip().isdigit()


def test_an_operator_helps_who_is_locked_out_and_never_removes_the_last_administrator(
    office: Office, command: Command
) -> None:
    office.hired("alice")
    assert "unlocked" in command("staff", "unlock", "alice", "--by", "installer").output
    assert "/admin/setup/" in command("staff", "reset", "alice", "--reason", "lost", "--by", "installer").output
    assert "disabled" in command("staff", "disable", "alice", "--reason", "left", "--by", "installer").output
    missing = command("staff", "unlock", "nobody", "--by", "installer")
    assert (missing.exit_code, "nobody has the log-in name" in missing.output) == (1, True)
    unknown = command(
        *("staff", "invite", "bob", "--organisation", COMPANY, "--name", "B", "--park", "north", "--by", "me")
    )
    assert (unknown.exit_code, "east, west" in unknown.output) == (1, True)


def test_the_trail_is_proved_its_head_kept_and_a_change_told(
    office: Office, command: Command, superuser: Engine, tmp_path: Path
) -> None:
    office.invited("alice")
    seals(office.runtime)
    kept = tmp_path / "heads.jsonl"
    assert "1 heads written" in command("audit", "head", "--to", str(kept)).output
    assert "staff_invited" in command("audit", "list", "--organisation", COMPANY).output
    proved = command("audit", "verify", "--heads", str(kept))
    assert (proved.exit_code, proved.output) == (0, "every entry is as it was written\n")
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE audit_entry SET actor_name = 'somebody else'"))
    broken = command("audit", "verify", "--heads", str(kept))
    assert (broken.exit_code, "changed: organisation" in broken.output) == (1, True)
    kept.write_text("nonsense\n")
    assert "does not hold heads" in command("audit", "verify", "--heads", str(kept)).output


def test_the_demos_staff_can_log_in_with_what_is_told(office: Office) -> None:
    told = let_staff_in(office.runtime, organisation_id=office.organisation.id)
    assert [member["login"] for member in told] == ["alice", "erin", "frank", "grace"]
    office.clock.ahead += timedelta(minutes=1)
    for member in told:
        assert office.try_in(member["login"], member["password"], office.code(member["login"]))
