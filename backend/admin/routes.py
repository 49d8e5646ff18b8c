"""Every page of the back office, loaded: importing them is what hangs them on the blueprint."""

import backend.admin.account.logging_in
import backend.admin.account.own_account
import backend.admin.account.preferring
import backend.admin.account.setting_up
import backend.admin.changing.buildings
import backend.admin.changing.contacts
import backend.admin.changing.describing
import backend.admin.changing.erecting
import backend.admin.changing.grouping
import backend.admin.changing.groups
import backend.admin.changing.holders
import backend.admin.changing.letting
import backend.admin.changing.merging
import backend.admin.changing.naming
import backend.admin.changing.parks
import backend.admin.changing.retiring
import backend.admin.changing.splitting
import backend.admin.changing.term
import backend.admin.details.enterprises
import backend.admin.details.locking
import backend.admin.details.managing
import backend.admin.details.members
import backend.admin.details.meters
import backend.admin.details.orders
import backend.admin.details.rooms
import backend.admin.exchanging.asking_exchange
import backend.admin.exchanging.asking_restatement
import backend.admin.field
import backend.admin.home
import backend.admin.kit.assets
import backend.admin.kit.failing
import backend.admin.kit.media
import backend.admin.kit.showing
import backend.admin.lines.showing_lines
import backend.admin.lists.audit
import backend.admin.lists.enterprises
import backend.admin.lists.groups
import backend.admin.lists.meters
import backend.admin.lists.orders
import backend.admin.lists.parks
import backend.admin.lists.rooms
import backend.admin.lists.staff
import backend.admin.lists.users
import backend.admin.operating.asking
import backend.admin.operating.line_clocks
import backend.admin.search
import backend.admin.things
import backend.admin.waiting.applicants
import backend.admin.waiting.approvals
import backend.admin.waiting.importing
import backend.admin.waiting.quarantine
import backend.admin.waiting.suspected
import backend.admin.walking.walks
import backend.admin.wall.drawer
import backend.admin.wall.showing_wall  # noqa: F401 loading is what these imports are for
from backend.admin.kit.blueprint import blueprint as back_office

__all__ = ["back_office"]
