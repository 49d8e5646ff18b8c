"""The baselines: what a bare Flask view costs on the same server and the same database. Nothing is added to them.

BENCH_DATABASE_URL: where the table of the baseline is. POST /insert: one ORM INSERT and its commit. GET /select: one
SELECT by a unique index. /nothing: no database, to see what the load itself can do.
"""

import os
from datetime import UTC, datetime
from uuid import uuid4

from flask import Flask, Response, jsonify
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

KEY = "known"


class Base(DeclarativeBase):
    """The baseline's own tables."""


class BareRow(Base):
    """What the baseline stores and finds."""

    __tablename__ = "bench_bare_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int]


def create_app(url: str) -> Flask:
    """Return the bare application."""
    app, engine = Flask("bare"), create_engine(url, pool_size=10, max_overflow=10)

    @app.post("/insert")
    def insert() -> Response:
        with Session(engine) as session:
            session.add(BareRow(key=uuid4().hex, amount=1))
            session.commit()
        return Response(status=204)

    @app.get("/select")
    def find() -> Response:
        with Session(engine) as session:
            row = session.scalars(select(BareRow).filter_by(key=KEY)).one()
            return jsonify(key=row.key, amount=row.amount, at=datetime.now(UTC).isoformat())  # noqa: TID251 no product

    @app.route("/nothing", methods=["GET", "POST"])
    def nothing() -> Response:
        return Response(status=204)

    return app


if url := os.environ.get("BENCH_DATABASE_URL"):
    app = create_app(url)
