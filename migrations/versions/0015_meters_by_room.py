"""Meters are found by their room, as the wall of a park asks; a bridge tells the version of its program."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index("ix_meter_room_id", "meter", ["room_id"])
    op.add_column("bridge", sa.Column("version", sa.Text(), nullable=False, server_default=""))
    op.alter_column("bridge", "version", server_default=None)
