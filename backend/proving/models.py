"""When recurring work is due next, and what the last self-check found."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, Row


class Duty(Row, Base):
    """Work of this installation that comes again: whoever takes it sets the next time, so that it is done once."""

    __tablename__ = "duty"

    name: Mapped[str] = mapped_column(unique=True)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ProofResult(Row, Base):
    """How many findings a proof had when it was last tried."""

    __tablename__ = "proof_result"

    proof: Mapped[str] = mapped_column(unique=True)
    findings: Mapped[int]
    proved_at: Mapped[datetime]
