"""Find the rooms of a building and the tenancies of a room by an index, the retired and the ended ones, too.

Behind the fence the planner takes every table for nearly empty, and without these it compared each room with each
tenancy.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("ix_room_building_id", "room", ["building_id"])
    op.create_index("ix_tenancy_room_id", "tenancy", ["room_id"])
