"""What can be done to the estate, for the audit trail."""

from enum import StrEnum


class EstateAction(StrEnum):
    """One thing done to a park, building, room, holder or tenancy."""

    PARK_ADDED = "park_added"
    PARK_RENAMED = "park_renamed"
    BUILDING_ADDED = "building_added"
    BUILDING_RENAMED = "building_renamed"
    ROOM_ADDED = "room_added"
    ROOM_CHANGED = "room_changed"
    ROOM_MOVED = "room_moved"
    ROOM_RETIRED = "room_retired"
    ROOM_SPLIT = "room_split"
    ROOM_MERGED = "room_merged"
    HOLDER_ADDED = "holder_added"
    HOLDER_RENAMED = "holder_renamed"
    ARCHIVE_CHANGED = "archive_changed"
    CONTACT_ADDED = "contact_added"
    CONTACT_REMOVED = "contact_removed"
    TENANCY_BEGUN = "tenancy_begun"
    TENANCY_ENDED = "tenancy_ended"
    TERM_ROLLED_OVER = "term_rolled_over"
    WORKBOOK_IMPORTED = "workbook_imported"
