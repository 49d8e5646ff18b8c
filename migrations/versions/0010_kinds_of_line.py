"""Tell of serial buses and of DTUs that call: who has them, how they speak, what they may cost, how they go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

WORDS = {"device": "", "parity": "N", "registration": "", "heartbeat": ""}


def upgrade() -> None:
    for name, value in WORDS.items():
        op.add_column("line", sa.Column(name, sa.Text(), nullable=False, server_default=value))
        op.alter_column("line", name, server_default=None)
    op.add_column("line", sa.Column("stop_bits", sa.BigInteger(), nullable=False, server_default="1"))
    op.alter_column("line", "stop_bits", server_default=None)
    op.add_column("line", sa.Column("home_bridge_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_line_organisation_id_home_bridge_id"),
        "line",
        "bridge",
        ["organisation_id", "home_bridge_id"],
        ["organisation_id", "id"],
    )
    op.create_index(op.f("ix_line_home_bridge_id"), "line", ["home_bridge_id"], unique=False)
    op.create_index(
        "uq_line_registration", "line", ["registration"], unique=True, postgresql_where="registration <> ''"
    )
    op.create_check_constraint(op.f("ck_line_parity"), "line", "parity IN ('N', 'E', 'O')")
    op.create_check_constraint(op.f("ck_line_stop_bits"), "line", "stop_bits BETWEEN 1 AND 2")
    at_home = "kind NOT IN ('serial', 'dial_in') OR home_bridge_id IS NOT NULL"
    op.create_check_constraint(op.f("ck_line_home"), "line", at_home)
    op.add_column("line", sa.Column("monthly_bytes", sa.BigInteger(), nullable=True))
    op.add_column("line", sa.Column("statistics", postgresql.JSONB(), nullable=True))
    op.add_column("bridge", sa.Column("refused_calls", postgresql.JSONB(), nullable=True))
    op.add_column("meter", sa.Column("circuit", sa.BigInteger(), nullable=False, server_default="1"))
    op.alter_column("meter", "circuit", server_default=None)
    op.create_check_constraint(op.f("ck_meter_circuit"), "meter", "circuit BETWEEN 1 AND 99")
    op.drop_index("uq_meter_place", "meter")
    op.create_index(
        "uq_meter_place", "meter", ["line_id", "unit", "circuit"], unique=True, postgresql_where="state = 'active'"
    )
