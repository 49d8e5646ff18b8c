"""The demo's meters as the simulator reads them."""

from collections.abc import Iterator

from backend.cli.demo_park import CONTROL_PORT, LINES
from backend.cli.demo_rooms import METERS
from backend.cli.demo_values import DemoLine, DemoMeter

PRICE_FEN = 80


def park_toml() -> str:
    """Write park.toml; a broken meter hangs there no more."""
    return "\n".join(
        [f"control_port = {CONTROL_PORT}", *(part for n, line in enumerate(LINES) for part in _line(n, line))]
    )


def _line(number: int, line: DemoLine) -> Iterator[str]:
    yield f'\n[[line]]\nname = "{line.gateway}"\nkind = "{line.kind}"\nport = {line.port}\nbaud = {line.baud}'
    if line.calls:
        yield f"registration = '{line.registration}'\nheartbeat = '{line.heartbeat}'"
    yield from (_meter(meter) for meter in METERS if meter.line == number and not meter.broken)


def _meter(meter: DemoMeter) -> str:
    return (
        f'\n[[line.meter]]\nunit = {meter.unit}\nprofile = "{meter.profile}"\nserial = "{meter.serial}"\n'
        f"price_fen_per_kwh = {PRICE_FEN}\npower_w = {meter.power_w}\nbalance_fen = {meter.balance_fen}\n"
        f"energy_wh = {meter.energy_wh}"
    )
