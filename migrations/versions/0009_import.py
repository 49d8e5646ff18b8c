"""Keep workbooks that were looked at until they are taken over, and remember those that were."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.rights import fence, let_app_use

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_import_run_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_import_run_organisation_id_id")),
    )
    op.create_index("ix_import_run_recent", "import_run", ["organisation_id", "id"], unique=False)
    op.create_index(
        "uq_import_run_applied",
        "import_run",
        ["organisation_id", "digest"],
        unique=True,
        postgresql_where="applied_at IS NOT NULL",
    )
    let_app_use("import_run")
    fence("import_run")
