"""How far somebody may look: one organisation, and all of its parks or some."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from backend.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Scope:
    """What a service may touch for whom it works. park_ids None: every park, and what belongs to no park."""

    organisation_id: int
    park_ids: frozenset[int] | None = None

    def sees(self, organisation_id: int, park_id: int | None = None) -> bool:
        """Say whether a thing of this owner and park lies inside; one of no park needs the whole organisation."""
        return organisation_id == self.organisation_id and (self.park_ids is None or park_id in self.park_ids)

    def require(self, organisation_id: int, park_id: int | None = None) -> None:
        """Raise NotFoundError for what lies outside: it is not told apart from what is not there."""
        if not self.sees(organisation_id, park_id):
            raise NotFoundError

    def within(
        self, owner: InstrumentedAttribute[int], park: InstrumentedAttribute[Any] | None = None
    ) -> ColumnElement[bool]:
        """Say the same in a query; without a column for the park, nothing is inside a scope of some parks only."""
        if self.park_ids is None:
            return owner == self.organisation_id
        if park is None:
            return and_(owner == self.organisation_id, owner.in_(()))
        return and_(owner == self.organisation_id, park.in_(sorted(self.park_ids)))
