"""For each way to pay, the stage it is tested on: a provider outside, an account at it, and an ear for callbacks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from backend.kernel.clock import SystemClock
from backend.payments.merchant_file import read_merchant_file
from backend.payments.provider import Merchant, Outside, Provider
from backend.runtime import PROVIDERS
from sandbox.server import RunningSandbox
from tests.sandbox.receiver import Receiver

Heard = tuple[dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Stage:
    """A provider, and hands to do outside what its users do and what goes wrong there."""

    provider: Provider
    openid: str
    pay: Callable[[str], Heard]  # returns the callback that came of it
    spoil: Callable[[str, str], Heard]  # the callback of a payment, with one flaw: forge, garbled or old
    upset: Callable[[str], None]  # the next answer fails, or is a signature probe


@contextmanager
def wechat_pay(folder: Path) -> Iterator[Stage]:
    """WeChat Pay at the sandbox."""
    ear = Receiver()
    with RunningSandbox(folder / "sandbox") as sandbox:
        account = read_merchant_file(sandbox.merchant_file).merchant_account
        outside = Outside(HTTPAdapter(), sandbox.url, SystemClock(), 5.0)
        merchant = Merchant(account.mchid, account.appid, account.keys, ear.url)

        def told(order_no: str, **how: Any) -> Heard:
            before = len(ear.got)
            sandbox.control(f"pay/{order_no}", how)
            return ear.wait_for(before + 1)[before]

        def upset(how: str) -> None:
            fails = {"fail_next": 1, "fail_code": "SYSTEM_ERROR", "fail_status": 500}
            sandbox.control("switches", fails if how == "fail" else {"probe_responses_next": 1})

        yield Stage(
            provider=PROVIDERS["wechat_pay"](merchant, outside),
            openid="o-contract",
            pay=lambda number: told(number, mode="normal"),
            spoil=lambda number, flaw: told(number, mode=flaw, resend=False),
            upset=upset,
        )
    ear.stop()


STAGES: dict[str, Callable[[Path], AbstractContextManager[Stage]]] = {"wechat_pay": wechat_pay}
