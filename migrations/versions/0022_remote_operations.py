"""Keep supplied, automatic, clocks and counters; what a meter says of being kept supplied."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

KINDS = (
    "'top_up', 'open_breaker', 'close_breaker', 'read_now', 'keep_supplied', 'end_keep_supplied', 'automatic', "
    "'sync_clock', 'broadcast_clock', 'clear_counters'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_meter_command_command_kind"), "meter_command", type_="check")
    op.create_check_constraint(op.f("ck_meter_command_command_kind"), "meter_command", f"kind IN ({KINDS})")
    op.add_column("meter_status", sa.Column("kept_supplied", sa.Boolean(), nullable=True))
