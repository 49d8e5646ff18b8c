"""What each kind of fault makes of an exchange: one small function each. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from meter_bridge.simulator.faults import Fault, FaultKind

Act = Callable[[float], bytes | None]


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do after `delay` seconds; what it returns goes to the bridge."""

    delay: float
    act: Act


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request about to be done, and what can be done to it.

    done: let the meter do it and return the answer; misnamed: done, answered in another unit's name; echo, refused:
    a yes or a no without doing it; last: the answer before; dark, down: take the power from the meter, or the gateway.
    """

    delay: float
    done: Act
    misnamed: Act
    echo: Callable[[], bytes]
    refused: Callable[[int], bytes]
    garbled: Callable[[bytes], bytes]
    last: Callable[[], bytes]
    dark: Callable[[float], None]
    down: Callable[[], None]


Mishap = Callable[[Exchange, Fault], list[Due]]


def _drop_request(exchange: Exchange, fault: Fault) -> list[Due]:
    return []


def _drop_reply(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, _silently(exchange))]


def _delay_request(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay + fault.seconds, exchange.done)]


def _delay_reply(exchange: Exchange, fault: Fault) -> list[Due]:
    answers: list[bytes | None] = []
    return [
        Due(exchange.delay, lambda at: answers.append(exchange.done(at))),
        Due(exchange.delay + fault.seconds, lambda _: answers[0]),
    ]


def _duplicate_request(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, exchange.done), Due(exchange.delay, exchange.done)]


def _duplicate_reply(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, exchange.done), Due(exchange.delay, lambda _: exchange.last())]


def _garble(exchange: Exchange, fault: Fault) -> list[Due]:
    def garbled(at: float) -> bytes | None:
        answer = exchange.done(at)
        return answer and exchange.garbled(answer)

    return [Due(exchange.delay, garbled)]


def _wrong_unit(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, exchange.misnamed)]


def _stale_reply(exchange: Exchange, fault: Fault) -> list[Due]:
    stale = exchange.last()
    return [Due(exchange.delay, _silently(exchange)), Due(exchange.delay, lambda _: stale)]


def _false_echo(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, lambda _: exchange.echo())]


def _exception(exchange: Exchange, fault: Fault) -> list[Due]:
    return [Due(exchange.delay, lambda _: exchange.refused(fault.code))]


def _power_loss(exchange: Exchange, fault: Fault) -> list[Due]:
    def done_and_dark(at: float) -> None:
        exchange.done(at)
        exchange.dark(at + fault.seconds)

    return [Due(exchange.delay, done_and_dark)]


def _gateway_down(exchange: Exchange, fault: Fault) -> list[Due]:
    exchange.down()
    return []


def _silently(exchange: Exchange) -> Act:
    def act(at: float) -> None:
        exchange.done(at)

    return act


MISHAPS: dict[FaultKind, Mishap] = {
    FaultKind.DROP_REQUEST: _drop_request,
    FaultKind.DROP_REPLY: _drop_reply,
    FaultKind.DELAY_REQUEST: _delay_request,
    FaultKind.DELAY_REPLY: _delay_reply,
    FaultKind.DUPLICATE_REQUEST: _duplicate_request,
    FaultKind.DUPLICATE_REPLY: _duplicate_reply,
    FaultKind.GARBLE: _garble,
    FaultKind.WRONG_UNIT: _wrong_unit,
    FaultKind.STALE_REPLY: _stale_reply,
    FaultKind.FALSE_ECHO: _false_echo,
    FaultKind.EXCEPTION: _exception,
    FaultKind.POWER_LOSS: _power_loss,
    FaultKind.GATEWAY_DOWN: _gateway_down,
}
