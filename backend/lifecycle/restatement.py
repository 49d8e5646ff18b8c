"""What somebody says a meter really is, whether its money allows it, and what is kept of it."""

from dataclasses import dataclass

from backend.accounts import ledger
from backend.accounts.models import LedgerKind
from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.exchange_errors import WalletUnlikeError
from backend.metering.exchange_models import MeterExchange
from backend.metering.field.closing import Shown
from backend.metering.models import Meter
from backend.metering.succession import restated_from
from meter_bridge.profile import Profile


@dataclass(frozen=True, slots=True)
class Restatement:
    """The model and the ratios of a meter, what its display shows where it was not read just now, and why."""

    profile: Profile
    ct_ratio: int
    pt_ratio: int
    shown: Shown
    reason: str

    def is_known_of(self, meter: Meter) -> bool:
        """Whether a meter is described so already."""
        told = (self.profile.code, self.ct_ratio, self.pt_ratio)
        return told == (meter.profile, meter.ct_ratio, meter.pt_ratio)


def refuse_unlike(session: Session, old: Meter, told: Restatement, *, paid_for: bool) -> None:
    """Let credit go on only under the rule it was bought by. Raises WalletUnlikeError."""
    money = told.profile.money
    if (old.capability, old.credit_unit) == (money.capability, money.credit_unit):
        return
    rows = [old.id, *restated_from(session, meter_ids=[old.id])]
    if paid_for or any(_booked(session, old, row) for row in rows):
        raise WalletUnlikeError


def record_restated(session: Session, *, made: MeterExchange, by: Actor, park_id: int) -> None:
    """Keep in the trail of both rows what a meter was taken for, and what it is."""
    old, new = (session.get_one(Meter, each) for each in (made.old_meter_id, made.new_meter_id))
    before, after = (
        {"profile": meter.profile, "ct_ratio": meter.ct_ratio, "pt_ratio": meter.pt_ratio} for meter in (old, new)
    )
    before |= {"energy_wh": made.closing_energy_wh, "typed": made.typed}
    for meter in (old, new):
        record(
            session,
            by=by,
            action=MeteringAction.METER_RESTATED,
            subject=meter,
            before=before,
            after=after,
            reason=made.reason,
            park_id=park_id,
        )


def _booked(session: Session, old: Meter, meter_id: int) -> int:
    kind, own = LedgerKind.IN_METER, old.organisation_id
    return ledger.balance(session, organisation_id=own, kind=kind, subject_id=meter_id, epoch=old.epoch)
