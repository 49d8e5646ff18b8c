"""`prove`: try every proof of the self-check now, and print what does not hold."""

import json

import click

from backend.cli.opening import in_transaction, opened
from backend.proving.checking import PROOFS, prove


@click.command("prove")
def prove_now() -> None:
    """Prove that all money is where it belongs. Prints what does not hold and ends with 1; changes nothing."""
    findings = in_transaction(opened(), prove)
    for proof in PROOFS:
        found = [finding for finding in findings if finding.proof is proof]
        click.echo(f"{'holds' if not found else f'{len(found)} findings':>12}  {proof.name}: {proof.sentence}")
        for finding in found:
            meters = ", ".join(map(str, finding.meter_ids)) or "none"
            click.echo(
                f"{'':12}  - {finding.subject}; meters {meters}; {json.dumps(finding.facts, ensure_ascii=False)}"
            )
    if findings:
        raise click.exceptions.Exit(1)
