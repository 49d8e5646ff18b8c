"""Create what the self-check remembers: when it is due, and what each proof found."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import let_app_use

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("name", name=op.f("uq_duty_name")),
    )
    op.create_table(
        "proof_result",
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("findings", sa.BigInteger(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_result")),
        sa.UniqueConstraint("proof", name=op.f("uq_proof_result_proof")),
    )
    let_app_use("duty", "proof_result")
