"""The drains: due work, each found in its table, each safe to run twice, at once, or after a crash.

Mostly nothing is due: where work is locked or counted to be taken, a look without a transaction comes first.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.exc import OperationalError

from backend.audit.sealing import seal_pending
from backend.jobs import deliveries, partitions, payments
from backend.kernel.logs import log
from backend.lifecycle.paying import apply_again
from backend.lifecycle.walks_left import close_left_open
from backend.metering.commands.expiring import expire_leases, is_any_over
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.parameters.checking import ask_for_parameters
from backend.notices.telling import tell
from backend.payments.recording import is_any_due
from backend.proving.checking import is_due, self_check
from backend.proving.duties import take, tick
from backend.runtime import Runtime
from backend.staff.approving import expire_approvals

BATCH = 100
SEALED_AT_ONCE = 1000
FROZEN_AT_ONCE = 2000
PARAMETERS, PARAMETERS_EVERY = "parameters", 20.0


def receipts(runtime: Runtime) -> int:
    """Apply receipts whose applying failed before."""
    if not runtime.database.read(is_any_due):
        return 0
    return _rung(runtime, runtime.database.run(lambda session: apply_again(session, most=BATCH)))


def events(runtime: Runtime) -> int:
    """Tell untold events to those who should know."""
    told = runtime.database.run(lambda session: tell(session, most=BATCH))
    if told:
        runtime.queue.start("deliveries")
    return told


def leases(runtime: Runtime) -> int:
    """Free lines and commands whose bridge fell silent."""
    return _rung(runtime, runtime.database.run(expire_leases)) if runtime.database.read(is_any_over) else 0


def proofs(runtime: Runtime) -> int:
    """Prove the money anew when that is due; returns how much does not hold."""
    return runtime.database.run(self_check) if runtime.database.run(is_due) else 0


def registers(runtime: Runtime) -> int:
    """Freeze registers at the borders of hours and days that readings have passed."""
    return runtime.database.run(lambda session: freeze_registers(session, most=FROZEN_AT_ONCE))


def parameters(runtime: Runtime) -> int:
    """Ask meters once a day what they hold."""
    if not runtime.database.run(lambda session: take(session, name=PARAMETERS, every=PARAMETERS_EVERY)):
        return 0
    profiles = runtime.profiles
    return _rung(runtime, runtime.database.run(lambda s: ask_for_parameters(s, profiles=profiles, most=BATCH)))


def pulse(runtime: Runtime) -> int:
    """Let monitoring see that a ticker runs."""
    return runtime.database.run(tick)


def seals(runtime: Runtime) -> int:
    """Seal the audit trail; the log, kept elsewhere, then shows what the heads were."""
    heads = runtime.database.run(lambda session: seal_pending(session, most=SEALED_AT_ONCE))
    for head in heads:
        log().info("audit sealed", organisation=head.organisation_id, position=head.position, digest=head.digest)
    return len(heads)


def approvals(runtime: Runtime) -> int:
    """Close requests for approval whose time is over."""
    return runtime.database.run(lambda session: expire_approvals(session, most=BATCH))


def walks(runtime: Runtime) -> int:
    """Close what walk tests opened that nobody goes on with."""
    return _rung(runtime, runtime.database.run(lambda session: close_left_open(session, most=BATCH)))


DRAINS: Mapping[str, Callable[[Runtime], int]] = {
    "payments": payments.ask,
    "receipts": receipts,
    "events": events,
    "deliveries": deliveries.deliver,
    "leases": leases,
    "proofs": proofs,
    "seals": seals,
    "approvals": approvals,
    "walks": walks,
    "registers": registers,
    "partitions": partitions.keep,
    "parameters": parameters,
    "pulse": pulse,
}


def run_all(runtime: Runtime) -> None:
    """Run every drain once, one after the other."""
    for name in DRAINS:
        run_one(runtime, name)


def run_one(runtime: Runtime, name: str) -> None:
    """Run a drain once; one that fails is logged and does not stop its caller."""
    try:
        DRAINS[name](runtime)
    except OperationalError as error:
        log().warning("database does not answer", drain=name, error=type(error.orig).__name__)
    except Exception:  # noqa: BLE001 the next second is another try
        log().exception("drain failed", drain=name)


def _rung(runtime: Runtime, count: int) -> int:
    if count:
        runtime.bell.ring("commands")
    return count
