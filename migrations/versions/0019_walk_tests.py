"""Walk tests for commissioning."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import fence, let_app_use

revision = "0019"
down_revision = "0018"

RESULTS = "'right', 'crossed', 'none', 'skipped'"
PLACES = {"park_id": "park", "building_id": "building", "line_id": "line", "started_by": "staff"}
PARTS = {
    "walk_id": "walk_test",
    "meter_id": "meter",
    "dark_room_id": "room",
    "opened_by_command": "meter_command",
    "closed_by_command": "meter_command",
    "judged_by": "staff",
}


def upgrade() -> None:
    op.create_table(
        "walk_test",
        *(sa.Column(name, sa.BigInteger(), nullable=name in ("building_id", "line_id")) for name in PLACES),
        sa.Column("cut_reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(building_id, line_id) = 1", name=op.f("ck_walk_test_place")),
        *_owned("walk_test", PLACES),
    )
    op.create_table(
        "walk_step",
        *(sa.Column(name, sa.BigInteger(), nullable=name not in ("walk_id", "meter_id")) for name in PARTS),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"result IN ({RESULTS})", name=op.f("ck_walk_step_walk_result")),
        sa.UniqueConstraint("walk_id", "meter_id", name=op.f("uq_walk_step_walk_id_meter_id")),
        *_owned("walk_step", PARTS),
    )
    let_app_use("walk_test", "walk_step")
    fence("walk_test", "walk_step")


def _owned(table: str, others: dict[str, str]) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{other}.organisation_id", f"{other}.id"],
                name=op.f(f"fk_{table}_organisation_id_{column}"),
            )
            for column, other in others.items()
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{table}_organisation_id_id")),
    ]
