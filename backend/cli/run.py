"""`run`: everything in one process tree, for a demo, for development, and for a first look."""

import os
import signal
import sys
from pathlib import Path

import click

from backend.cli.supervision.console import Console
from backend.cli.supervision.leftovers import end_leftovers
from backend.cli.supervision.plan import METERS, Plan
from backend.cli.supervision.supervisor import StartError, Supervisor
from backend.cli.supervision.var_folder import VarFolderError, clear, held
from backend.embedded.places import FolderInUseError, remove_runtime_folder
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.settings import Settings, generate_secrets

# A database of the operator's own stays, and it knows how far the meters counted.
METERS_REMEMBER = ("simulator",)
NOT_HERE = "run fills the database with a demo; start the processes of docs/running.md instead"


@click.command()
@click.option("--fresh", is_flag=True, envvar="FRESH", help="Forget what former runs kept in VAR_DIR; also FRESH=1.")
def run(*, fresh: bool) -> None:
    """Start database, queue, sandbox, simulated meters and the product; Ctrl-C stops them all."""
    if os.environ.get("ENVIRONMENT") == "production":
        raise click.ClickException(NOT_HERE)
    var_dir = Path(os.environ.get("VAR_DIR") or "var").absolute()
    os.environ["VAR_DIR"] = str(var_dir)
    clock = SystemClock()
    try:
        with held(var_dir):
            _prepare(var_dir, clock, fresh=fresh)
            _supervise(Plan(_settings(), var_dir, clock), var_dir, clock)
    except (VarFolderError, FolderInUseError, StartError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _prepare(var_dir: Path, clock: Clock, *, fresh: bool) -> None:
    if left := end_leftovers(var_dir, clock):
        click.echo(f"a former run was killed; {left} processes it left have been ended")
    if fresh:
        clear(var_dir, clock, keep=METERS_REMEMBER if os.environ.get("DATABASE_URL") else ())
    generate_secrets(var_dir)


def _settings() -> Settings:
    settings = Settings()
    if settings.database_url and not settings.migration_database_url:
        raise click.ClickException("DATABASE_URL is set, so MIGRATION_DATABASE_URL (role owner) must be, too")
    return settings


def _supervise(plan: Plan, var_dir: Path, clock: Clock) -> None:
    for listen in plan.listens:
        if obstacle := listen.obstacle():
            raise click.ClickException(obstacle)
    console = Console(sys.stdout, var_dir / "logs", clock=clock)
    supervisor = Supervisor(plan.units(), console=console, clock=clock)
    _obey_signals(supervisor)
    try:
        supervisor.run(lambda: console.say(_where_to_look(plan, var_dir)))
    finally:
        console.close()
        remove_runtime_folder(var_dir)


def _obey_signals(supervisor: Supervisor) -> None:
    def stop(number: int, _frame: object) -> None:
        if number == signal.SIGINT and supervisor.stopping:
            supervisor.hurry()  # a second Ctrl-C
        supervisor.request_stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _where_to_look(plan: Plan, var_dir: Path) -> str:
    meters = ", ".join(f"{meter.host}:{meter.port}" for meter in METERS)
    return f"""everything runs
  try it             http://{plan.web.host}:{plan.web.port}/h5/demo (the mini-program beside the meters)
  back office        http://{plan.web.host}:{plan.web.port}/admin/ (log in as alice: password above, staff code alice)
  mini-program API   http://{plan.web.host}:{plan.web.port}/
  bridge API         http://{plan.bridge_api.host}:{plan.bridge_api.port}/
  sandbox            http://{plan.sandbox.host}:{plan.sandbox.port}/
  simulated meters   {meters} (Modbus)
  logs               {var_dir / "logs"}
make demo-pay pays for a top-up; Ctrl-C stops everything"""
