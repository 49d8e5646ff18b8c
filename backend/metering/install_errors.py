"""Refusals that a person who installs bridges, lines and meters is told."""

from backend.kernel.errors import ProductError


class HostNotAllowedError(ProductError):
    """A gateway address outside the networks where gateways may be."""

    status = 422
    code = "host_not_allowed"
    zh = "网关地址 {host} 不是允许网段内的 IP 地址。请填写内网地址；确需其他网段时，请管理员修改 LINE_NETWORKS。"
    en = "The gateway address {host} is no IP address in an allowed network; LINE_NETWORKS says which are."


class GatewayExistsError(ProductError):
    """Two gateways with one name."""

    status = 409
    code = "gateway_exists"
    zh = "已有名为“{name}”的网关。"
    en = 'There is a gateway "{name}" already.'


class LineExistsError(ProductError):
    """Two lines at one port of a gateway."""

    status = 409
    code = "line_exists"
    zh = "该网关的端口 {port} 已有线路。"
    en = "Port {port} of this gateway has a line already."


class LineTooNarrowError(ProductError):
    """A meter that does not speak Modbus on a line that carries nothing else."""

    status = 422
    code = "line_too_narrow"
    zh = "Modbus TCP 网关不转发“{title}”的报文：请把网关该端口改为透传，并将线路登记为 RTU 透传（rtu_over_tcp）。"
    en = "A Modbus TCP gateway does not pass {title} frames: set its port to transparent, and the line to rtu_over_tcp."


class NoSuchCircuitError(ProductError):
    """A circuit that this model does not have, or beyond the last address of a line."""

    status = 422
    code = "no_such_circuit"
    zh = "这种表型在总线地址 {unit} 上没有回路 {circuit}。"
    en = "A meter of this model at unit {unit} has no circuit {circuit}."


class RegistrationTakenError(ProductError):
    """Two lines that wait for one caller."""

    status = 409
    code = "registration_taken"
    zh = "注册包“{registration}”已属于另一条线路。"
    en = 'The registration "{registration}" belongs to another line.'


class LineHomeError(ProductError):
    """A device or a call without the bridge that has it."""

    status = 422
    code = "line_home"
    zh = "串口线路和拨入线路须指定所属网桥。"
    en = "Name the bridge that has this serial device, or that this DTU calls."


class DeviceMissingError(ProductError):
    """A serial line without its device."""

    status = 422
    code = "device_missing"
    zh = "串口线路须填写设备，例如 /dev/ttyUSB0。"
    en = "A serial line needs its device, such as /dev/ttyUSB0."


class RegistrationMissingError(ProductError):
    """A line that is dialled in without what its DTU says first: nobody could tell who calls."""

    status = 422
    code = "registration_missing"
    zh = "DTU 拨入的线路须填写注册包，否则无法辨认是谁拨入。"
    en = "A line that is dialled in needs the registration its DTU says first: nobody could tell who calls."


class UnitTakenError(ProductError):
    """Two meters with one address on a line."""

    status = 409
    code = "unit_taken"
    zh = "该线路上地址 {unit} 已被另一块表占用。请核对表内设置的地址；原来的表已拆下的，请用“换表”。"
    en = "Address {unit} on this line belongs to another meter: check the address set in it, or exchange that meter."


class SerialTakenError(ProductError):
    """One meter installed twice."""

    status = 409
    code = "serial_taken"
    zh = "表号 {serial} 已安装在别处。请核对铭牌；从别处移来的表，请先在原处换表。"
    en = "The meter with serial {serial} is installed already: check its plate, or exchange it where it hung."


class NumberTakenError(ProductError):
    """Two meters with one printed number."""

    status = 409
    code = "number_taken"
    zh = "编号 {number} 已被另一块表使用。请核对表面编号。"
    en = "The number {number} belongs to another meter in use: check what is printed on its front."


class RatioRangeError(ProductError):
    """A ratio that no transformer has."""

    status = 422
    code = "ratio_range"
    zh = "倍率应为 1 至 {most} 的整数；没有互感器时填 1。"
    en = "A ratio is a whole number from 1 to {most}; without transformers it is 1."


class RatioInMeterError(ProductError):
    """A ratio for a meter that multiplies by itself: it would count twice."""

    status = 422
    code = "ratio_in_meter"
    zh = "“{title}”的读数已含互感器倍率（一次侧），倍率请填 1，否则会乘两次。"
    en = "{title} tells primary values, with the ratio in them: enter 1, or it would be applied twice."


class RatioUnfitError(ProductError):
    """A ratio for a meter whose credit is energy: it would give away so many times what was paid."""

    status = 422
    code = "ratio_unfit"
    zh = "“{title}”按表内电量（kWh）扣减余额，表不知道倍率，会少扣：请改用平台计费或按金额计费的表型，或倍率填 1。"
    en = "{title} counts credit down in kWh and knows no ratio: take a model with credit in money or here, or enter 1."


class NoTransformersError(ProductError):
    """A ratio for a meter of water."""

    status = 422
    code = "no_transformers"
    zh = "“{title}”是水表，没有互感器，倍率请填 1。"
    en = "{title} is a meter of water, which has no transformers: enter 1."


class BridgeExistsError(ProductError):
    """Two bridges with one name."""

    status = 409
    code = "bridge_exists"
    zh = "已有名为“{name}”的网桥。"
    en = 'There is a bridge "{name}" already.'


class MeterRetiredError(ProductError):
    """A command for a meter that is no longer in use."""

    status = 409
    code = "meter_retired"
    zh = "该表已停用，不能再下发指令。请在现在使用的表上操作。"
    en = "This meter is no longer in use: ask the one that hangs there now."


class NoWalletInMeterError(ProductError):
    """Money for a meter that holds none."""

    status = 409
    code = "no_wallet_in_meter"
    zh = "该表不在表内存储余额，不能向其充值。"
    en = "This meter holds no credit, so none can be sent to it."
