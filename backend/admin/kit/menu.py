"""The menu: what somebody may see somewhere, and nothing else."""

from dataclasses import dataclass

from flask import request

from backend.admin.kit.blueprint import BASE
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the menu leads to; title is in Chinese, for the template to say."""

    address: str
    icon: str
    title: str
    permission: Permission | None
    more: tuple[str, ...] = ()  # where pages below it have addresses of their own

    @property
    def here(self) -> bool:
        """Whether this is the page looked at, or one below it."""
        path = f"{request.path.rstrip('/')}/"
        if self.address == f"{BASE}/":
            return path == self.address
        return path.startswith(tuple(f"{each}/" for each in (self.address, *self.more)))


_P = Permission
_PARAMETERS = (f"{BASE}/parameter-changes",)
ENTRIES = (
    Entry(f"{BASE}/", "home", "工作台", None),
    Entry(f"{BASE}/wall", "layout-grid", "房间墙", _P.VIEW_ESTATE),
    Entry(f"{BASE}/parks", "building-community", "园区", _P.VIEW_ESTATE, (f"{BASE}/buildings",)),
    Entry(f"{BASE}/rooms", "door", "房间", _P.VIEW_ESTATE),
    Entry(f"{BASE}/enterprises", "building", "企业", _P.VIEW_ESTATE),
    Entry(f"{BASE}/meters", "gauge", "电表", _P.VIEW_ESTATE),
    Entry(f"{BASE}/groups", "columns", "电表组", _P.VIEW_ESTATE),
    Entry(f"{BASE}/parameters", "settings", "电表参数", _P.VIEW_ESTATE, _PARAMETERS),
    Entry(f"{BASE}/parameter-templates", "copy", "参数模板", _P.VIEW_ESTATE),
    Entry(f"{BASE}/orders", "receipt", "订单", _P.VIEW_MONEY),
    Entry(f"{BASE}/users", "brand-wechat", "微信用户", _P.MANAGE_BINDINGS),
    Entry(f"{BASE}/applicants", "user-plus", "绑定申请", _P.DECIDE_REGISTRATIONS),
    Entry(f"{BASE}/approvals", "checks", "两人审批", None),
    Entry(f"{BASE}/import", "file-spreadsheet", "Excel 导入", _P.IMPORT_ESTATE),
    Entry(f"{BASE}/field", "device-mobile", "现场", _P.OPERATE_BREAKERS, (f"{BASE}/walks",)),
    Entry(f"{BASE}/operations", "activity", "运行状况", _P.VIEW_ESTATE, (f"{BASE}/lines", f"{BASE}/gateways")),
    Entry(f"{BASE}/quarantine", "alert-triangle", "可疑读数", _P.VIEW_ESTATE),
    Entry(f"{BASE}/staff", "id-badge-2", "员工", _P.MANAGE_STAFF),
    Entry(f"{BASE}/audit", "history", "审计", _P.VIEW_AUDIT),
)


def menu(who: SignedIn) -> list[Entry]:
    """Return the entries for somebody."""
    return [entry for entry in ENTRIES if entry.permission is None or who.may_somewhere(entry.permission)]
