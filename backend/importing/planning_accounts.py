"""What an import would do with accounts and what they bring along from the system before."""

from collections.abc import Collection, Mapping, Sequence

from backend.accounts.models import Billing
from backend.importing.checking import Row, refuse_repeated
from backend.importing.known import Known
from meter_bridge.profile import Profile
from meter_bridge.protocol import MoneyCapability


def plan_accounts(
    rows: Sequence[Row],
    known: Known,
    *,
    names: Collection[str | None],
    meters: Sequence[Row],
    profiles: Mapping[str, Profile],
) -> None:
    """Plan the rows of accounts. names: tenants known or in the file; meters: the rows of the same file."""
    refuse_repeated(rows, "number")
    _refuse_shared(rows)
    new = {row.values.get("number"): profiles.get(row.values.get("profile", "")) for row in meters}
    takes = {number: profile is not None and _takes_money(profile.money.capability) for number, profile in new.items()}
    takes |= {meter.number: _takes_money(meter.capability) for meter in known.meters.values()}
    for row in rows:
        if known.scope.park_ids is not None:
            row.refuse("number", "开户须由全组织权限人员导入", "only staff of the whole organisation open accounts")
        if row.values.get("holder") not in names:
            row.refuse("holder", "没有此租户，请先在“租户”表中填写", "no such tenant; add it to the sheet of tenants")
        _plan_meters(row, known, takes)
        _plan_known(row, known)


def _plan_meters(row: Row, known: Known, takes: Mapping[str | None, bool]) -> None:
    numbers = row.values.get("meters", ())
    in_meter = row.values.get("billing") is Billing.METER
    for number in numbers:
        meter = known.meters.get(number)
        payer = known.payers.get(meter.id) if meter else None
        if number not in takes:
            row.refuse("meters", f"没有电表 {number}，请先在“电表”表中填写", f"no meter {number}; add it to the sheet")
        elif payer not in (None, row.values.get("number")):
            row.refuse("meters", f"电表 {number} 已属于账户 {payer}", f"account {payer} pays for meter {number}")
        elif in_meter and not takes[number]:
            row.refuse("billing", f"电表 {number} 不能存款，须为平台计费", f"meter {number} holds no credit")
    if in_meter and "balance_fen" in row.values:
        row.refuse("balance_fen", "余额在表内，以抄表为准，请留空", "the credit is in the meter and is read there")
    if row.values.get("balance_fen") == 0:
        del row.values["balance_fen"]


def _plan_known(row: Row, known: Known) -> None:
    there = known.accounts.get(row.values.get("number", ""))
    if there is None:
        return
    row.known_id = there.account.id
    holder = known.holders.get(row.values.get("holder", ""))
    told = (holder.id if holder else None, row.values.get("billing"))
    wanted = {known.meters[number].id for number in row.values.get("meters", ()) if number in known.meters}
    same = len(wanted) == len(row.values.get("meters", ())) and wanted == there.meter_ids
    if told != (there.account.holder_id, there.account.billing) or not same:
        row.refuse("number", "账号已存在且内容不同", "this account exists with other values")
    brought = row.values.get("balance_fen")
    if brought is None or brought == there.opening_fen:
        return
    if there.opening_fen is not None:
        row.refuse("balance_fen", "期初余额已导入且金额不同", "another opening balance was taken over before")
    row.changes["balance_fen"] = (None, brought)


def _refuse_shared(rows: Sequence[Row]) -> None:
    """Put an error beside a row with a meter that an earlier row pays for."""
    first: dict[str, int] = {}
    for row in rows:
        for number in row.values.get("meters", ()):
            earlier = first.setdefault(number, row.number)
            if earlier != row.number:
                row.refuse("meters", f"电表 {number} 与第 {earlier} 行重复", f"row {earlier} has meter {number} too")


def _takes_money(capability: MoneyCapability) -> bool:
    return capability is not MoneyCapability.PLATFORM_WALLET
