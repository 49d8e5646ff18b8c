"""A meter, as it is shown at one instant."""

from datetime import datetime

from backend.accounts.models import Billing
from backend.people.binding import allows
from backend.people.models import Role
from meter_bridge.protocol import CreditUnit, MoneyCapability
from miniprogram_api.media import medium_named
from miniprogram_api.meter_queries import MeterSight
from miniprogram_api.schemas.meters import CreditSource, MeterView, WhyNot
from miniprogram_api.wording import say_of


def view_of(sight: MeterSight, now: datetime) -> MeterView:
    """Return a meter as it is shown at this instant."""
    in_energy, by_platform = sight.credit_unit is CreditUnit.ENERGY, sight.billing is Billing.PLATFORM
    why_not, medium = _why_not(sight), medium_named(sight.profile)
    return MeterView(
        reference=sight.reference,
        number=sight.number,
        medium=medium,
        room=sight.room,
        holder=sight.holder,
        holder_name=sight.holder_name,
        role=sight.role,
        credit_fen=sight.wallet_fen if by_platform else None if in_energy else sight.balance,
        credit_source=CreditSource.PLATFORM if by_platform else CreditSource.METER,
        remaining_energy_wh=sight.balance if in_energy and not by_platform else None,
        supply=sight.supply,
        read_at=sight.read_at,
        age_seconds=max(0, int((now - sight.read_at).total_seconds())) if sight.read_at else None,
        gateway_answers=sight.gateway_answers,
        can_top_up=why_not is None,
        why_not=why_not,
        why_not_text=say_of(why_not.value, medium) if why_not else None,
    )


def _why_not(sight: MeterSight) -> WhyNot | None:
    takes_money = sight.credit_unit is CreditUnit.MONEY
    takes_money = takes_money and sight.capability is not MoneyCapability.PLATFORM_WALLET
    if sight.billing is not Billing.PLATFORM and not takes_money:
        return WhyNot.NOT_SELLABLE
    if sight.frozen_reason is not None:
        return WhyNot.METER_FROZEN
    return None if allows(sight.role, Role.PAYER) else WhyNot.VIEWER_ONLY
