"""Run the sandbox: python -m sandbox --address 127.0.0.1:8090 --state var/sandbox."""

import os
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path

from sandbox.server import RunningSandbox


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    host, _, port = options.address.rpartition(":")
    sandbox = RunningSandbox(Path(options.state), int(port), options.time_scale, host=host)
    sys.stdout.write(f"sandbox ready at {sandbox.url}, merchant file {sandbox.merchant_file}\n")
    sys.stdout.flush()
    stop.wait()
    sandbox.stop()
    os._exit(0)  # at once: a receiver that never answers would hold a courier for five seconds


def _options() -> Namespace:
    environment = os.environ.get
    parser = ArgumentParser(prog="sandbox", description="WeChat and WeChat Pay, pretended")
    parser.add_argument("--address", default=environment("SANDBOX_ADDRESS", "127.0.0.1:8090"))
    parser.add_argument("--state", default=environment("SANDBOX_STATE", "var/sandbox"))
    parser.add_argument("--time-scale", type=float, default=float(environment("TIME_SCALE", "1")))
    return parser.parse_args()


if __name__ == "__main__":
    main()
