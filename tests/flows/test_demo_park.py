"""The park of `make run`, built as it is for whoever looks at the product first."""

from sqlalchemy import func, select, text

from backend.accounts.models import Account, Billing
from backend.cli.building_park import build_park
from backend.cli.demo_rooms import METERS
from backend.cli.seeding_credit import bring_credit
from backend.cli.seeding_parameters import want_parameters
from backend.cli.seeding_staff import let_staff_in
from backend.estate.models import Organisation, Room
from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.hours import day_of
from backend.metering.history.models import DayRegister, Reading
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChangeItem
from backend.metering.parameters.states import parameter_state
from backend.proving.ledger_proofs import LEDGER_PROOFS
from backend.runtime import Runtime
from backend.staff.approval_models import Approval, ApprovalState

DAYS = 390


def _built(session: Session, runtime: Runtime) -> Organisation:
    return build_park(session, profiles=runtime.profiles, networks=runtime.settings.line_networks)


def test_the_demo_has_rooms_with_a_past_of_thirteen_months_and_credit_that_two_signed_for(runtime: Runtime) -> None:
    run = runtime.database.run
    own = run(lambda session: _built(session, runtime).id)
    let_staff_in(runtime, organisation_id=own)
    brought = run(lambda session: bring_credit(session, organisation_id=own))
    run(lambda session: want_parameters(session, organisation_id=own, profiles=runtime.profiles))
    run(lambda session: freeze_registers(session, most=2))
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count(Room.id))) == len(METERS) >= 60
        assert (session.scalar(select(func.count()).select_from(Reading)) or 0) > 1_500 * len(METERS)
        assert (session.scalar(select(func.count()).select_from(DayRegister)) or 0) >= 2 * DAYS
        rich = select(func.count(Account.id)).where(Account.billing == Billing.PLATFORM, Account.wallet_fen > 0)
        assert session.scalar(rich) == brought > 0
        states = select(parameter_state()).outerjoin(MeterCommand, MeterCommand.id == MeterParameter.command_id)
        assert set(session.scalars(states.select_from(MeterParameter))) == {"waiting", "never_read"}
        unfit = select(func.count()).select_from(ParameterChangeItem).where(ParameterChangeItem.unfit.is_not(None))
        assert session.scalar(unfit)
        assert session.scalars(select(Approval.kind).filter_by(state=ApprovalState.WAITING)).all() == ["price_change"]
        first = session.scalars(select(Meter).order_by(Meter.id).limit(1)).one()
        hours = day_of(session, meter_id=first.id, zone="Asia/Shanghai").hours
        assert [hour for hour in hours[:-1] if hour.used is None] == []
        assert [session.execute(text(proof.query)).all() for proof in LEDGER_PROOFS] == [[]] * len(LEDGER_PROOFS)
