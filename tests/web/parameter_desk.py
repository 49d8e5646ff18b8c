"""Somebody at the office's pages about parameters, over a model that holds six of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select, update

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.template_models import ParameterTemplate
from backend.metering.parameters_said import note_parameters
from backend.runtime import Runtime
from backend.staff.roles import StaffRole
from meter_bridge.profile import Parameters
from meter_bridge.protocol import CommandState, ParameterCode
from tests.flows.parameter_world import ABLE, HOLDS
from tests.flows.staff_world import Office, open_office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEDULES = {
    "addresses": [0x100, 0x200],
    "slots": 4,
    "layout": ["period", "minute", "hour"],
    "periods": ["peak", "flat"],
    "source": "of the tests",
}
PLAN = {
    "addresses": [0x300],
    "slots": 4,
    "layout": ["schedule", "day", "month"],
    "schedules": 2,
    "source": "of the tests",
}


@dataclass
class Desk:
    """Somebody at the office's pages, and its estate."""

    office: Office
    estate: Estate
    browser: Browser

    @property
    def page(self) -> str:
        return f"/admin/meters/{self.estate.meter.id}"

    def now(self) -> str:
        """Return the part of the meter's page about its parameters."""
        return self.browser.see(f"{self.page}/parameters")

    def set(self, code: str, /, **fields: object) -> str:
        """Fill in the form of a parameter and return what is shown then."""
        self.browser.see(f"{self.page}/parameters/{code}")
        answer = self.browser.send(f"{self.page}/parameters/{code}", **{"reason": "夏季调整"} | fields)
        shown = answer.headers.get("Location") or ""
        return self.browser.see(shown.partition("#")[0]) if answer.status_code == 303 else answer.text

    def told(self, **values: object) -> None:
        """Let the meter have said what it holds."""

        def noted(session: Session) -> None:
            meter = session.get_one(Meter, self.estate.meter.id)
            holds = {ParameterCode(code): value for code, value in values.items()}
            note_parameters(session, meter=meter, told=holds, read_at=NOW)  # type: ignore[arg-type] # plain values

        self.office.runtime.database.run(noted)

    def settle(self, state: CommandState, note: str | None = None) -> None:
        """End every order in this way."""
        ended = update(MeterCommand).values(state=state, note=note, settled_at=NOW)
        self.office.runtime.database.run(lambda s: s.execute(ended))

    def wanted(self, code: str) -> object:
        """Return what is wanted."""
        known = select(MeterParameter.wanted).filter_by(meter_id=self.estate.meter.id, code=ParameterCode(code))
        return self.office.runtime.database.run(lambda s: s.scalar(known))


def able_office(runtime: Runtime) -> Office:
    """Return an office whose counting meters hold parameters."""
    cas = runtime.profiles["reference_cas"]
    holds = Parameters.model_validate(
        {**HOLDS.model_dump(exclude_none=True), "day_schedules": SCHEDULES, "date_plan": PLAN}
    )
    able = cas.model_copy(update={"parameters": holds, "abilities": cas.abilities | ABLE})
    return open_office(replace(runtime, profiles={**runtime.profiles, "reference_cas": able}))


def desk_of(office: Office, role: StaffRole = StaffRole.ADMINISTRATOR, login: str = "alice") -> Desk:
    """Return somebody at their desk, in front of an estate."""
    return Desk(office, built(office), at_desk(office, login, role))


def made_template(desk: Desk, **values: str) -> ParameterTemplate:
    """Make a template at its pages and fill it."""
    browser, known = desk.browser, select(ParameterTemplate)
    browser.see("/admin/parameter-templates/new")
    browser.send("/admin/parameter-templates/new", name="商铺夏季", unit="money", remark="", park="")
    template: ParameterTemplate = desk.office.runtime.database.run(lambda s: s.scalars(known).one())
    page = f"/admin/parameter-templates/{template.id}"
    assert "模板里还没有参数" in browser.see(page)
    for code, value in values.items():
        browser.see(f"{page}/values/{code}")
        browser.send(f"{page}/values/{code}", value=value)
    return template
