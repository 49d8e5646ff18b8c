"""What kinds of line, kinds of error and callers are called."""

from backend.admin.kit.language import t

KINDS = {
    "modbus_tcp": "Modbus TCP",
    "rtu_over_tcp": "透明传输（RTU over TCP）",
    "serial": "串口",
    "dial_in": "DTU 拨入",
}
ERRORS = {
    "LineTimeoutError": "电表未应答",
    "LineDownError": "网关不通",
    "OpaqueLineError": "网关不透明",
    "LineCutError": "连接中断",
    "GarbledAnswerError": "应答损坏",
    "MeterExceptionError": "电表拒绝",
    "LeaseLostError": "租用到期",
}
BITS, KILO = 8, 1000
FIRST_SIGN, LAST_SIGN = 0x20, 0x7E


def kind_of_line(word: str) -> str:
    """Return what a kind of line is called."""
    return t(KINDS.get(word, word))


def kind_of_error(word: str) -> str:
    """Return what a kind of error is called."""
    return t(ERRORS.get(word, word))


def framing(baud: int, parity: str, stop_bits: int) -> str:
    """Write how a bus is set, as 9600 8N1 is written."""
    return f"{baud} {BITS}{parity}{stop_bits}"


def octets(count: int | None) -> str:
    """Write a number of bytes in thousands."""
    if count is None:
        return "–"
    units = ("B", "kB", "MB", "GB", "TB")
    step, value = 0, float(count)
    while value >= KILO and step < len(units) - 1:
        step, value = step + 1, value / KILO
    return f"{value:.3g} {units[step]}"


def packet(hexadecimal: str) -> str:
    """Write the first bytes of a caller: as text where they are some, else in hexadecimal."""
    try:
        told = bytes.fromhex(hexadecimal)
    except ValueError:
        return hexadecimal
    return told.decode() if told and all(FIRST_SIGN <= byte <= LAST_SIGN for byte in told) else hexadecimal
