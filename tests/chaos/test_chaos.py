"""Whatever process dies, whenever: every fen paid is credited once."""

import sys
from pathlib import Path

import pytest

from tests.chaos.drill import drill
from tests.chaos.strikes import KINDS

PAYMENTS, SEED = 200, 20_260_501


@pytest.mark.timeout(300)
def test_whatever_is_killed_every_payment_is_credited_exactly_once(tmp_path: Path) -> None:
    result = drill(tmp_path / "var", payments=PAYMENTS, seed=SEED, gap=1.6, per_second=6.0)
    sys.stdout.write(f"seed {SEED}\n{result.story()}\n")
    assert result.faults() == []
    assert set(result.strikes) == set(KINDS)
