"""The arithmetic of the benchmarks, the shape of their table, and the load that must not lie."""

import asyncio
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import load, report
from bench.arithmetic import Measure, interleaved, percentile, ratio_of_rounds
from bench.callback import REQUEST
from bench.load import Load, Told, packed, unpacked
from bench.rows import HEAD, Row, as_json, cells, from_json, markdown, plain
from bench.wire import Pace, read_seconds, top_up_seconds, write_seconds
from meter_bridge.profile import load_profiles
from meter_bridge.read_plan import evidence_spans
from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.faults import Faults
from meter_bridge.simulator.framing import Request
from meter_bridge.simulator.park import ParkLine


def row(ours: float, ratio: float | None, goal: str, failures: int = 0) -> Row:
    return Row("r", "what", ours, 2.0, ratio, goal, "ms", "now", failures)


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1), (0.5, 1)])
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_no_percentile_of_nothing_and_none_beyond_all(samples: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, percent)


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    assert ratio_of_rounds([1, 20, 3], [2, 20, 4]) == 0.75


def test_rounds_take_turns_and_turn_round() -> None:
    order = list[str]()

    def measure(name: str, value: float) -> Measure:
        def measured() -> float:
            order.append(name)
            return value

        return measured

    assert interleaved([measure("a", 1.0), measure("b", 2.0)], 3) == [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    assert "".join(order) == "abbaab"


@pytest.mark.parametrize(
    ("measured", "met"),
    [
        (row(1, 0.40, ">= 0.40"), True),
        (row(1, 0.39, ">= 0.40"), False),
        (row(50, None, "<= 50"), True),
        (row(51, None, "<= 50"), False),
        (row(1, 0.9, ">= 0.40", failures=1), False),
    ],
)
def test_a_goal_is_met_by_the_ratio_or_the_value_and_never_with_error_answers(measured: Row, met: bool) -> None:
    assert measured.met is met


def test_a_row_survives_its_file_and_fills_every_column() -> None:
    measured = row(1234.5, 0.456, ">= 0.40")
    assert from_json("r", as_json(measured)) == measured
    assert cells(measured) == ("r", "what", "1234", "2", "0.46", "ratio ≥ 0.40", "ms", "yes", "now")
    assert len(cells(measured)) == len(HEAD)
    assert markdown([measured]).count("|") == 3 * (len(HEAD) + 1)
    assert plain([measured]).splitlines()[0].startswith("row")


def test_only_what_stands_between_its_marks_is_replaced() -> None:
    text = "a\n<!-- t -->\nold\n<!-- end of t -->\nb\n"
    assert report.between(text, "t", "new\n") == "a\n<!-- t -->\nnew\n<!-- end of t -->\nb\n"
    with pytest.raises(ValueError, match="missing"):
        report.between(text, "other", "new\n")


def test_the_document_has_the_marks_that_the_report_fills() -> None:
    text = report.MARKDOWN.read_text()
    for mark in ("table", "machine", "profile"):
        assert report.between(text, mark, "x\n") != text


def test_the_wire_time_is_that_of_the_simulator() -> None:
    profile, pace = load_profiles(None)["reference_cas"], Pace()
    line = ParkLine(name="l", kind="modbus_tcp", baud=pace.baud, pace=True, turnaround_ms=pace.turnaround_ms)
    bus = Bus(line, [], Faults(random.Random(1)), lambda _: None)
    [span] = evidence_spans(profile)
    read = Request(1, bytes([3, 0x10, 0, 0, span.count]))
    write = Request(1, bytes([16, 0x11, 0, 0, 3, 6, *bytes(6)]))
    told = [bus._paced(bus._speech(read), 0.0), bus._paced(bus._speech(write), 100.0)]
    assert told == pytest.approx([*read_seconds(profile, pace), write_seconds(profile, pace)])
    assert top_up_seconds(profile, pace) == pytest.approx(2 * told[0] + told[1])


class Slow(BaseHTTPRequestHandler):
    """Answers 204, but only after a while, one at a time."""

    protocol_version = "HTTP/1.1"
    turn = threading.Lock()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.turn:
            threading.Event().wait(0.02)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def slow() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_an_open_loop_counts_from_the_time_a_request_was_due(slow: int) -> None:
    """Ten requests at once, 20 ms each, one at a time: the last waited for all the others."""
    sent = Load(slow, [REQUEST] * 10, connections=2)
    asyncio.run(sent.at_rate(10_000))
    assert sent.answers == {"204": 10}
    assert max(sent.latencies) > 0.15


def test_a_closed_loop_sends_every_request_once(slow: int) -> None:
    sent = Load(slow, [REQUEST] * 6, connections=3)
    seconds = asyncio.run(sent.as_fast_as_answered())
    told = Told(dict(sent.answers), seconds, sent.latencies)
    assert (told.failures(204), told.failures(200), len(told.latencies)) == (0, 6, 6)
    assert told.rate == pytest.approx(6 / seconds)


def test_requests_survive_their_file() -> None:
    requests = [b"a", b"", b"bcd" * 1000]
    assert list(unpacked(packed(requests))) == requests
    assert load.LENGTH.size == 4
