"""What roles allow, as pure values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.staff.one_time_codes import code_at, fitting_step
from backend.staff.roles import APPROVALS, PERMISSIONS, Grant, Permission, StaffRole, allows, exceeds, parks_with
from tests.flows.staff_world import MovableClock

GRANTS = st.lists(st.builds(Grant, st.sampled_from(StaffRole), st.none() | st.integers(1, 3)), max_size=4)


def test_every_role_is_a_set_of_permissions_and_the_administrator_has_all() -> None:
    assert set(PERMISSIONS) == set(StaffRole)
    assert PERMISSIONS[StaffRole.ADMINISTRATOR] == set(Permission)


@given(GRANTS, st.sampled_from(Permission), st.integers(1, 4))
def test_a_park_is_allowed_by_a_role_there_or_in_the_whole_organisation(
    grants: list[Grant], permission: Permission, park: int
) -> None:
    holding = [grant for grant in grants if permission in PERMISSIONS[grant.role]]
    assert allows(grants, permission, park) == any(grant.park_id in (None, park) for grant in holding)
    assert allows(grants, permission) == any(grant.park_id is None for grant in holding)
    parks = parks_with(grants, permission)
    assert allows(grants, permission, park) == (parks is None or park in parks)


@pytest.mark.parametrize(
    ("held", "given", "park", "too_much"),
    [
        (Grant(StaffRole.ADMINISTRATOR, None), StaffRole.ADMINISTRATOR, None, False),
        (Grant(StaffRole.ADMINISTRATOR, 1), StaffRole.ADMINISTRATOR, 1, False),
        (Grant(StaffRole.ADMINISTRATOR, 1), StaffRole.ADMINISTRATOR, None, True),
        (Grant(StaffRole.ADMINISTRATOR, 1), StaffRole.CASHIER, 2, True),
        (Grant(StaffRole.CASHIER, None), StaffRole.FINANCE, None, True),
        (Grant(StaffRole.FINANCE, None), StaffRole.CASHIER, 1, False),
    ],
)
def test_nobody_gives_more_than_they_have(held: Grant, given: StaffRole, park: int | None, *, too_much: bool) -> None:
    assert exceeds(given, [held], park) is too_much


def test_for_everything_that_takes_two_there_are_roles_that_ask_and_others_that_agree() -> None:
    for ask, agree in APPROVALS.values():
        for permission in (ask, agree):
            holders = [role for role in StaffRole if permission in PERMISSIONS[role]]
            assert len(holders) > 1, permission


def test_codes_are_those_of_rfc_6238_and_only_near_steps_fit_once() -> None:
    secret = b"12345678901234567890"
    assert [code_at(secret, t // 30) for t in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]
    now = MovableClock().now()
    step = int(now.timestamp()) // 30
    assert fitting_step(secret, code_at(secret, step - 1), now=now, after=0) == step - 1
    assert fitting_step(secret, code_at(secret, step), now=now, after=step) is None
    assert fitting_step(secret, code_at(secret, step - 3), now=now, after=0) is None
