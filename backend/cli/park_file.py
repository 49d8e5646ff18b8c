"""The demo's meters as the simulator reads them."""

from collections.abc import Iterator

from backend.cli.demo_park import CONTROL_PORT, LINES
from backend.cli.demo_rooms import EVERY_METER
from backend.cli.demo_values import DemoLine, DemoMeter

PRICE_FEN = 80
DRIFTS = (2, -5, 11, 0, -18, 35)  # parts per million: 35 are three seconds a day


def park_toml() -> str:
    """Write park.toml; a broken meter hangs there no more."""
    return "\n".join(
        [f"control_port = {CONTROL_PORT}", *(part for n, line in enumerate(LINES) for part in _line(n, line))]
    )


def _line(number: int, line: DemoLine) -> Iterator[str]:
    yield f'\n[[line]]\nname = "{line.gateway}"\nkind = "{line.kind}"\nport = {line.port}\nbaud = {line.baud}'
    if line.calls:
        yield f"registration = '{line.registration}'\nheartbeat = '{line.heartbeat}'"
    yield from (_meter(meter) for meter in EVERY_METER if meter.line == number and not meter.broken)


def _meter(meter: DemoMeter) -> str:
    starts = meter.starts
    if meter.litres_per_hour:
        counted = f"volume_l = {starts['volume_l']}\nlitres_per_hour = {meter.litres_per_hour}"
    else:
        periods = ", ".join(f"{name} = {used}" for name, used in starts.items())
        counted = f"energy_wh = {meter.energy_wh}\nperiod_wh = {{ {periods} }}"
    return (
        f'\n[[line.meter]]\nunit = {meter.wire_unit}\nprofile = "{meter.profile}"\nserial = "{meter.serial}"\n'
        f"price_fen_per_kwh = {PRICE_FEN}\npower_w = {meter.power_w}\nbalance_fen = {meter.balance_fen}\n"
        f'load = "{meter.drawn_by.value}"\nclock_drift_ppm = {DRIFTS[meter.unit % len(DRIFTS)]}\n'
        f"ct_ratio = {meter.ct_ratio}\n{counted}"
    )
