"""Merchant accounts: imported from a file, sealed at rest, chosen for an order."""

import json
from collections.abc import Mapping

from sqlalchemy import ScalarSelect, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.sealing import Seal
from backend.payments.models import MerchantAccount, MerchantMode

NAMED = select(MerchantAccount).filter_by(provider=bindparam("provider"), callback_key=bindparam("key"))


def chosen_for(
    *, organisation: InstrumentedAttribute[int], appid: InstrumentedAttribute[str], park: InstrumentedAttribute[int]
) -> ScalarSelect[int]:
    """Return, for a query that binds `now`, the merchant account for a payment in an app and a park.

    The park's own goes before the organisation's; NULL where there is none.
    """
    one = aliased(MerchantAccount)
    return (
        select(one.id)
        .where(
            one.organisation_id == organisation,
            one.appid == appid,
            one.valid_from <= bindparam("now"),
            or_(one.valid_to.is_(None), one.valid_to > bindparam("now")),
            or_(one.park_id.is_(None), one.park_id == park),
        )
        .order_by(one.park_id.is_(None), one.id.desc())
        .limit(1)
        .correlate_except(one)
        .scalar_subquery()
    )


def import_merchant(
    session: Session,
    *,
    organisation_id: int,
    provider: str,
    mchid: str,
    appid: str,
    keys: Mapping[str, str],
    seal: Seal,
) -> MerchantAccount:
    """Store a merchant account with its keys sealed; the same account imported again has its keys replaced."""
    name = {"organisation_id": organisation_id, "provider": provider, "mchid": mchid, "appid": appid}
    account = session.scalars(select(MerchantAccount).filter_by(**name).with_for_update()).one_or_none()
    if account is None:
        account = MerchantAccount(
            **name,
            mode=MerchantMode.DIRECT,
            callback_key=session.entropy.token(),
            valid_from=session.clock.now(),
            sealed_keys=b"",
        )
        session.add(account)
    account.sealed_keys = seal.seal(json.dumps(dict(keys)).encode(), owner=seal_owner(account))
    session.flush()
    return account


def open_keys(account: MerchantAccount, seal: Seal) -> dict[str, str]:
    """Return a merchant account's keys. Raises UnsealError under another master key."""
    keys: dict[str, str] = json.loads(seal.unseal(account.sealed_keys, owner=seal_owner(account)))
    return keys


def seal_owner(account: MerchantAccount) -> str:
    """Return the name that ties sealed keys to their merchant account, so that they cannot be moved to another."""
    return f"merchant_account:{account.organisation_id}:{account.provider}:{account.mchid}:{account.appid}"


def merchant_of_callback(session: Session, *, provider: str, callback_key: str) -> MerchantAccount:
    """Return whose callback came to this path. Raises NotFoundError for a path that is nobody's."""
    fit = callback_key.isascii() and callback_key.isalnum()  # what could not be stored cannot be asked for either
    found = session.scalars(NAMED, {"provider": provider, "key": callback_key}).one_or_none() if fit else None
    if found is None:
        raise NotFoundError
    return found
