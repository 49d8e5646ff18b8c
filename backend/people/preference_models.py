"""What a user set for themselves."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner


class Preference(OwnedRow, Base):
    """The settings of one user; a person with several users has the same in each."""

    __tablename__ = "preference"
    __table_args__ = owned(
        same_owner("wechat_user_id", "wechat_user"),
        same_owner("holder_id", "holder"),
        UniqueConstraint("wechat_user_id"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("low_credit_fen >= 0", name="low_credit"),
    )

    wechat_user_id: Mapped[int]
    low_credit_fen: Mapped[int | None]  # unset: USUAL_LOW_CREDIT_FEN
    language: Mapped[str]
    large_text: Mapped[bool] = mapped_column(default=False)
    holder_id: Mapped[int | None]  # for whom they act just now, of several
    changed_at: Mapped[datetime]
