"""Commands that set a parameter of a meter, and read them all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"

KINDS = (
    "'top_up', 'open_breaker', 'close_breaker', 'read_now', 'keep_supplied', 'end_keep_supplied', 'automatic', "
    "'sync_clock', 'broadcast_clock', 'clear_counters', 'write_parameter', 'read_parameters'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_meter_command_command_kind"), "meter_command", type_="check")
    op.create_check_constraint(op.f("ck_meter_command_command_kind"), "meter_command", f"kind IN ({KINDS})")
    op.add_column("meter_command", sa.Column("parameter", JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_meter_command_parameter"), "meter_command", "(kind = 'write_parameter') = (parameter IS NOT NULL)"
    )
