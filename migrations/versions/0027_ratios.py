"""Meters stand behind transformers, and the number of one that was taken down may be used again."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    for name in ("ct_ratio", "pt_ratio"):
        op.add_column("meter", sa.Column(name, sa.BigInteger(), nullable=False, server_default="1"))
        op.alter_column("meter", name, server_default=None)
        op.create_check_constraint(op.f(f"ck_meter_{name}"), "meter", f"{name} BETWEEN 1 AND 10000")
    kinds = sa.Enum("exchanged", "ratio", "profile", name="succession", native_enum=False, length=32)
    op.add_column("meter_exchange", sa.Column("succession", kinds, nullable=False, server_default="exchanged"))
    op.alter_column("meter_exchange", "succession", server_default=None)
    op.create_check_constraint(
        op.f("ck_meter_exchange_succession"), "meter_exchange", "succession IN ('exchanged', 'ratio', 'profile')"
    )
    op.drop_constraint(op.f("uq_meter_organisation_id_number"), "meter", type_="unique")
    op.create_index(
        "uq_meter_number",
        "meter",
        ["organisation_id", "number"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
