"""Let `app` make temporary tables by a right of its own: a hardened database takes the one everybody has away."""

from migrations.rights import let_app_stage

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    let_app_stage()
