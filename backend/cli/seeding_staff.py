"""Let the demo's staff in: each is invited and set up as a person would be, with a password that is told."""

from functools import partial

from backend.audit.recording import operator
from backend.cli.demo_park import STAFF
from backend.cli.demo_values import DemoStaff
from backend.kernel.db import Session
from backend.runtime import Runtime
from backend.signing_in import set_up
from backend.staff.enrolling import invite_staff, totp_secret
from backend.staff.granting import grant_role
from backend.staff.one_time_codes import code_at, step_of

SEEDER = operator("seed")
GROUPS, LETTERS = 3, 4


def let_staff_in(runtime: Runtime, *, organisation_id: int) -> list[dict[str, str]]:
    """Invite and set up every member of the demo's staff, and return what each logs in with."""
    return [_let_in(runtime, organisation_id, member) for member in STAFF]


def _let_in(runtime: Runtime, organisation_id: int, member: DemoStaff) -> dict[str, str]:
    invite = partial(_invite, runtime=runtime, organisation_id=organisation_id, member=member)
    token, secret = runtime.database.run(invite)
    password = "-".join(runtime.database.entropy.code(LETTERS) for _ in range(GROUPS)).lower()
    code = code_at(secret, step_of(runtime.clock.now()))
    set_up(runtime, token=token, password=password, code=code, request_id="seed")
    return {"login": member.login, "name": member.name, "role": member.role.value, "password": password}


def _invite(session: Session, *, runtime: Runtime, organisation_id: int, member: DemoStaff) -> tuple[str, bytes]:
    staff, token = invite_staff(
        session, organisation_id=organisation_id, login=member.login, name=member.name, seal=runtime.seal, by=SEEDER
    )
    grant_role(session, staff=staff, role=member.role, park_id=None, by=SEEDER, giver=None)
    return token, totp_secret(staff, runtime.seal)
