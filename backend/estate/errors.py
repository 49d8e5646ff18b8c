"""What the estate refuses."""

from backend.kernel.errors import ProductError


class NameTakenError(ProductError):
    """Another thing of this kind has the name."""

    status = 409
    code = "name_taken"
    zh = "“{name}”已存在。"
    en = "“{name}” exists already."


class RoomTakenError(ProductError):
    """The building has a room of this number that is in use."""

    status = 409
    code = "room_taken"
    zh = "该楼栋已有房间 {number}。"
    en = "This building has a room {number} already."


class RoomRetiredError(ProductError):
    """The room is no more; only its history is."""

    status = 409
    code = "room_retired"
    zh = "房间 {number} 已停用。"
    en = "Room {number} is retired."


class RoomOccupiedError(ProductError):
    """Somebody holds the room, or will."""

    status = 409
    code = "room_occupied"
    zh = "房间 {number} 在此期间已有租约。"
    en = "Room {number} is let in that time already."


class RoomInUseError(ProductError):
    """What still belongs to the room must go first."""

    status = 409
    code = "room_in_use"
    zh = "房间 {number} 仍有租约或电表，请先处理。"
    en = "Room {number} still has a tenant or a meter; please see to that first."


class PartsDoNotFitError(ProductError):
    """Areas of the parts do not add up, or rooms of several buildings or tenants were to become one."""

    status = 422
    code = "parts_do_not_fit"
    zh = "拆分或合并不成立：{why_zh}。"
    en = "This cannot be split or merged: {why_en}."
