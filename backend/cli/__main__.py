"""`python -m backend.cli`: every command of the operator."""

import click

from backend.cli.audit import audit
from backend.cli.bridges import bridge
from backend.cli.commands import commands, meter
from backend.cli.erasing import erase
from backend.cli.importing import workbook
from backend.cli.merchants import merchant, organisation
from backend.cli.migrate import migrate
from backend.cli.money import ledger, orders, receipts
from backend.cli.people import invite_user
from backend.cli.prove import prove_now
from backend.cli.run import run
from backend.cli.seed import seed
from backend.cli.staff import staff
from backend.cli.ticker import ticker, worker


@click.group()
def main() -> None:
    """Run and look after Dianyuan."""


for command in (
    run, migrate, seed, ticker, worker, organisation, merchant, bridge, invite_user, orders, receipts, ledger, commands,
    meter, prove_now, staff, audit, workbook, erase,
):  # fmt: skip
    main.add_command(command)

if __name__ == "__main__":
    main()
