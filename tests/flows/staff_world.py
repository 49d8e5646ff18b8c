"""The office of a property company: staff who were invited and set up, and a clock that a test moves."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher

from backend.audit.recording import operator
from backend.estate.building import add_organisation, add_park
from backend.estate.models import Organisation, Park
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database, Session
from backend.runtime import Runtime
from backend.signing_in import Visitor, set_up, sign_in
from backend.staff.enrolling import invite_staff, totp_secret
from backend.staff.granting import grant_role
from backend.staff.models import Staff
from backend.staff.one_time_codes import code_at, step_of
from backend.staff.passwords import Passwords
from backend.staff.queries import staff_called
from backend.staff.roles import StaffRole
from backend.staff.sessions import signed_in
from backend.staff.signed_in import SignedIn

PASSWORD = "blue whale 1958"
TESTER = operator("the tests")


class MovableClock(SystemClock):
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the time as the test has it."""
        return super().now() + self.ahead


QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class CountedPasswords(Passwords):
    """Real hashes of little work, counted: stories log in a thousand times."""

    def __init__(self) -> None:
        super().__init__(hasher=QUICK, at_once=8)
        self.checked = 0

    def fits(self, stored: str | None, password: str) -> bool:
        """Check, and count it."""
        self.checked += 1
        return super().fits(stored, password)


@dataclass
class Office:
    """An organisation with two parks, and whoever a test hires."""

    runtime: Runtime
    clock: MovableClock
    passwords: CountedPasswords
    company: str = "Alice's company"
    organisation: Organisation = field(init=False)
    parks: list[Park] = field(init=False)

    def __post_init__(self) -> None:
        self.organisation, self.parks = self.runtime.database.run(self._found)

    def _found(self, session: Session) -> tuple[Organisation, list[Park]]:
        organisation = add_organisation(session, name=self.company)
        return organisation, [add_park(session, organisation=organisation, name=name) for name in ("east", "west")]

    def invited(self, login: str, role: StaffRole | None = None, park: Park | None = None) -> str:
        """Return the token of a new member's set-up link."""

        def invite(session: Session) -> str:
            staff, token = invite_staff(
                session,
                organisation_id=self.organisation.id,
                login=login,
                name=login.title(),
                seal=self.runtime.seal,
                by=TESTER,
            )
            if role is not None:
                place = park.id if park else None
                grant_role(session, staff=staff, role=role, park_id=place, by=TESTER, giver=None)
            return token

        return self.runtime.database.run(invite)

    def hired(self, login: str, role: StaffRole | None = None, park: Park | None = None) -> list[str]:
        """Let somebody come and set up their account; returns their recovery codes."""
        token = self.invited(login, role, park)
        codes = set_up(self.runtime, token=token, password=PASSWORD, code=self.code(login), request_id="r")
        self.clock.ahead += timedelta(seconds=60)
        return codes

    def code(self, login: str) -> str:
        """Return what somebody's telephone shows now."""
        secret = totp_secret(self.staff(login), self.runtime.seal)
        return code_at(secret, step_of(self.clock.now()))

    def fresh_code(self, login: str) -> str:
        """Return what it shows when it has moved on: each code is good once."""
        self.clock.ahead += timedelta(seconds=60)
        return self.code(login)

    def staff(self, login: str) -> Staff:
        """Return somebody's row."""
        return self.runtime.database.run(lambda session: staff_called(session, login=login))

    def try_in(self, login: str, password: str = PASSWORD, code: str = "000000", address: str = "192.0.2.1") -> str:
        """Try to log in; returns the token."""
        visitor = Visitor(address, "Firefox", "r")
        return sign_in(self.runtime, login=login, password=password, code=code, visitor=visitor)

    def log_in(self, login: str) -> str:
        """Log in as one should, at a fresh step of the telephone's clock; returns the token."""
        self.clock.ahead += timedelta(seconds=60)
        return self.try_in(login, code=self.code(login))

    def who(self, token: str) -> SignedIn:
        """Return who presents a token."""
        return self.runtime.database.run(lambda session: signed_in(session, token=token))

    def seated(self, login: str, role: StaffRole | None = None, park: Park | None = None) -> SignedIn:
        """Return somebody new, hired, set up and logged in."""
        self.hired(login, role, park)
        return self.who(self.log_in(login))


def open_office(runtime: Runtime, name: str = "Alice's company") -> Office:
    """Return an office over the test servers; a second name makes a second company."""
    clock, passwords = MovableClock(), CountedPasswords()
    database = Database(runtime.database.engine, clock, runtime.database.entropy)
    here = replace(runtime, clock=clock, database=database)
    here.__dict__["passwords"] = passwords
    return Office(here, clock, passwords, name)
