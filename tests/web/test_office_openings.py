"""Accounts bring along what they held in the system before: two persons sign for the totals, then it is booked once."""

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.accounts.ledger import balances_by_kind
from backend.accounts.models import Account, AccountMeter, LedgerKind, LedgerTransfer
from backend.estate.models import Room
from backend.proving.checking import prove
from backend.proving.proof import Finding
from backend.staff.approval_models import Approval
from backend.staff.roles import StaffRole
from tests.flows.import_world import workbook
from tests.flows.staff_world import Office
from tests.web.estate import built
from tests.web.office import Browser, at_desk

WIRE = {"park": "east", "building": "A座", "room": "301", "gateway": "g0", "port": 5020, "profile": "generic_relay"}
METERS = [{**WIRE, "number": f"R{n}", "serial": f"20269999000{n}", "unit": n} for n in (11, 12, 13)]
HOLDERS = [{"name": "蓝鲸"}, {"name": "熊猫"}]
RICH = {"number": "C1", "holder": "蓝鲸", "billing": "平台计费", "meters": "R11、R12", "balance_fen": 1234.5}
POOR = {"number": "C2", "holder": "熊猫", "billing": "平台计费", "meters": "R13", "balance_fen": "-20.05"}
BOOK = workbook(HOLDERS, meters=METERS, accounts=[RICH, POOR])
STATEMENT = {"accounts": "2", "credit_fen": "1,234.50", "debt_fen": "20.05", "reason": "旧系统 11 月结转单"}


def _send(desk: Browser, content: bytes) -> str:
    """Upload a workbook; returns the address of what was looked at."""
    desk.see("/admin/import")
    answer = desk.send("/admin/import", file=(BytesIO(content), "accounts.xlsx"), back="/admin/import")
    desk.shown = answer.text
    return "/admin/import/" + desk.shown.split('action="/admin/import/')[1].split("/")[0].split('"')[0]


def _held(office: Office) -> dict[LedgerKind, int]:
    return office.runtime.database.run(lambda s: dict(balances_by_kind(s, organisation_id=office.organisation.id)))


def _rows(office: Office, kind: type[Any], **where: Any) -> list[Any]:
    return list(office.runtime.database.run(lambda s: s.scalars(select(kind).filter_by(**where)).all()))


def _found(office: Office) -> list[Finding]:
    """Return what the self-check says of openings; the orders of this estate are made up."""
    return [
        each for each in office.runtime.database.run(prove) if each.proof.name in ("opening_signed", "wallet_cached")
    ]


def _signed(office: Office, desk: Browser, page: str) -> None:
    """Let the statement's totals be sent, and another sign."""
    desk.see(page)
    assert desk.send(f"{page}/sign", back=page, **STATEMENT).status_code == 303
    finance = at_desk(office, "fiona", StaffRole.FINANCE)
    (asked,) = _rows(office, Approval)
    finance.see("/admin/approvals")
    assert finance.send(f"/admin/approvals/{asked.id}/approve", answer="核对无误").status_code == 303


def test_nothing_is_booked_before_another_signs(office: Office) -> None:
    built(office)
    before = _held(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = _send(desk, BOOK)
    assert ("结转单户数" in desk.shown, "确认导入" in desk.shown) == (True, False)
    assert desk.send(f"{page}/confirm", back=page).status_code == 303
    assert "须先由两人签字" in desk.see(page)
    desk.send(f"{page}/sign", back=page, **{**STATEMENT, "debt_fen": "20.06"})
    assert "合计不符：文件中 2 户，余额合计 1,234.50 元，欠费合计 20.05 元" in desk.see(page)
    desk.send(f"{page}/sign", back=page, **{**STATEMENT, "credit_fen": "many"})
    assert "应为金额（元）" in desk.see(page)
    desk.send(f"{page}/sign", back=page, **STATEMENT)
    assert "等待另一人" in desk.see(page)
    (asked,) = _rows(office, Approval)
    assert "accounts.xlsx" in desk.see("/admin/approvals")
    finance = at_desk(office, "fiona", StaffRole.FINANCE).see("/admin/approvals")
    assert ("accounts.xlsx" in finance, asked.facts["plan"][:12] in finance) == (True, True)
    desk.send(f"/admin/approvals/{asked.id}/approve", answer="好", back="/admin/approvals")
    assert "不能审批自己发起的申请" in desk.see("/admin/approvals")
    assert desk.send(f"{page}/confirm", back=page).status_code == 303
    assert (_held(office), _rows(office, Account, number="C1")) == (before, [])


def test_what_two_signed_for_is_booked_once(office: Office) -> None:
    built(office)
    before = _held(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = _send(desk, BOOK)
    _signed(office, desk, page)
    assert "确认导入" in desk.see(page)
    for _ in range(2):
        assert desk.send(f"{page}/confirm").status_code == 303
    assert _held(office) == {**before, LedgerKind.OPENING: -121_445, LedgerKind.WALLET: 121_445}
    rich, poor = (_rows(office, Account, number=number)[0] for number in ("C1", "C2"))
    assert (rich.wallet_fen, poor.wallet_fen) == (123_450, -2_005)
    assert len(_rows(office, AccountMeter, account_id=rich.id)) == 2
    assert {transfer.reason for transfer in _rows(office, LedgerTransfer)} == {"opening_balance"}
    assert _found(office) == []
    told = desk.see("/admin/audit?q=C1")
    assert ("开户" in told, "期初入账" in told) == (True, True)
    assert "-20.05" in desk.see(f"/admin/enterprises/{poor.holder_id}")


def test_the_same_balance_again_is_nothing_new_and_another_is_refused(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = _send(desk, BOOK)
    _signed(office, desk, page)
    desk.send(f"{page}/confirm")
    held = _held(office)
    _send(desk, workbook(accounts=[RICH]))
    assert ("不变" in desk.shown, "结转单户数" in desk.shown) == (True, False)
    desk.see("/admin/import")
    other = workbook(accounts=[{**RICH, "balance_fen": 1}])
    answer = desk.send("/admin/import", file=(BytesIO(other), "o.xlsx"), back="/admin/import")
    assert ("期初余额已导入且金额不同" in answer.text, "确认导入" in answer.text) == (True, False)
    assert _held(office) == held


def test_an_account_that_was_opened_without_balance_brings_it_later(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    bare = [{name: cell for name, cell in row.items() if name != "balance_fen"} for row in (RICH, POOR)]
    page = _send(desk, workbook(HOLDERS, meters=METERS, accounts=bare))
    assert "确认导入" in desk.shown
    desk.send(f"{page}/confirm")
    page = _send(desk, workbook(accounts=[RICH, POOR]))
    _signed(office, desk, page)
    desk.send(f"{page}/confirm")
    assert _held(office)[LedgerKind.WALLET] == 121_445


def test_a_signature_is_good_for_what_was_shown_and_nothing_else(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    room = {"park": "east", "building": "A座", "floor": "3", "number": "301", "remark": "南侧"}
    page = _send(desk, workbook(HOLDERS, [room], METERS, [RICH, POOR]))
    _signed(office, desk, page)
    office.runtime.database.run(lambda s: setattr(s.get_one(Room, estate.east.id), "remark", "别处"))
    assert desk.send(f"{page}/confirm", back="/admin/import").status_code == 303
    assert "请重新检查" in desk.see("/admin/import")
    assert LedgerKind.WALLET not in _held(office)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"holder": "nobody"}, "没有此租户"),
        ({"billing": "免费"}, "应为：表内计费、平台计费"),
        ({"billing": "表内计费"}, "不能存款"),
        ({"billing": "表内计费", "meters": "M1"}, "余额在表内"),
        ({"meters": "R99"}, "没有电表 R99"),
        ({"meters": "M0"}, "已属于账户 N0"),
        ({"meters": "R13"}, "与第 2 行重复"),
        ({"balance_fen": "0.001"}, "最多两位小数"),
        ({"balance_fen": 1e9}, "金额超出范围"),
        ({"number": "N0"}, "账号已存在且内容不同"),
    ],
)
def test_an_error_stands_beside_its_cell(office: Office, change: dict[str, Any], column: str) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.see("/admin/import")
    content = workbook(HOLDERS, meters=METERS, accounts=[POOR, {**RICH, **change}])
    answer = desk.send("/admin/import", file=(BytesIO(content), "o.xlsx"), back="/admin/import")
    assert column in answer.text
    assert "确认导入" not in answer.text


def test_staff_of_one_park_open_no_accounts_and_see_no_file_of_others(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = _send(desk, BOOK)
    leader = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[0])
    assert "accounts.xlsx" not in leader.see("/admin/import")
    assert leader.client.get(page).status_code == 404
    assert leader.send(f"{page}/sign", **STATEMENT).status_code == 404
    answer = leader.send("/admin/import", file=(BytesIO(BOOK), "o.xlsx"), back="/admin/import")
    assert "开户须由全组织权限人员导入" in answer.text


def test_money_from_nowhere_is_found_by_the_self_check(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = _send(desk, BOOK)
    _signed(office, desk, page)
    desk.send(f"{page}/confirm")
    office.runtime.database.run(
        lambda s: s.execute(text("UPDATE approval SET facts = jsonb_set(facts, '{credit_fen}', '123451')"))
    )
    (finding,) = _found(office)
    assert (finding.proof.name, finding.facts) == ("opening_signed", {"booked_fen": -121_445, "signed_fen": -121_446})
