"""What the outermost code is given from outside: settings, database, bells, wires, keys, profiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from redis import Redis
from requests.adapters import BaseAdapter, HTTPAdapter

from backend.kernel import db, queue
from backend.kernel.bell import Bell, DatabaseBell
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.db import Database
from backend.kernel.entropy import Entropy
from backend.kernel.queue import JobQueue, RedisQueue
from backend.kernel.registry import discover
from backend.kernel.sealing import Seal
from backend.kernel.settings import Settings
from backend.payments import providers
from backend.payments.errors import MerchantFileError
from backend.payments.merchants import open_keys
from backend.payments.models import MerchantAccount
from backend.payments.provider import Merchant, Outside, Provider
from backend.staff.passwords import Passwords
from meter_bridge.profile import Profile, load_profiles

EXTENSION = "dianyuan"
PROVIDERS = discover(providers, "PROVIDER", Provider)  # type: ignore[type-abstract] # a Protocol stands for its classes


@dataclass(frozen=True)
class Runtime:
    """Everything that a simulation replaces, in one place; built once a process."""

    settings: Settings
    clock: Clock
    database: Database
    bell: Bell
    queue: JobQueue
    redis: Redis
    adapter: BaseAdapter
    profiles: Mapping[str, Profile]

    @cached_property
    def seal(self) -> Seal:
        """Seals and opens secrets at rest."""
        return Seal(bytes.fromhex(self.settings.master_key.get_secret_value()))

    @cached_property
    def passwords(self) -> Passwords:
        """Hashes and checks staff passwords, two at once."""
        return Passwords()

    @cached_property
    def _providers(self) -> dict[tuple[int, bytes], Provider]:
        return {}

    def provider(self, merchant: MerchantAccount) -> Provider:
        """Return the way to pay of a merchant account, prepared once for its present keys."""
        name = (merchant.id, merchant.sealed_keys)
        if name not in self._providers:
            self._providers[name] = self._prepare(merchant)
        return self._providers[name]

    def _prepare(self, merchant: MerchantAccount) -> Provider:
        settings = self.settings
        outside = Outside(self.adapter, settings.wechat_pay_origin, self.clock, settings.provider_timeout)
        notify_url = f"{settings.public_url}/callbacks/{merchant.provider}/{merchant.callback_key}"
        keys = open_keys(merchant, self.seal)
        return PROVIDERS[merchant.provider](Merchant(merchant.mchid, merchant.appid, keys, notify_url), outside)

    @cached_property
    def signing_key(self) -> Ed25519PrivateKey:
        """Signs meter commands."""
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.settings.command_signing_key.get_secret_value()))


def try_keys(provider: str, *, mchid: str, appid: str, keys: Mapping[str, str], file: str) -> None:
    """Prepare a way to pay with these keys, as the first order will. Raises MerchantFileError."""
    kind = PROVIDERS.get(provider)
    if kind is None:
        raise MerchantFileError(file=file, why=f"provider {provider!r} is none of {', '.join(sorted(PROVIDERS))}")
    missing = sorted(kind.required_keys - {name for name, value in keys.items() if value})
    if missing:
        raise MerchantFileError(file=file, why=f"{provider} needs {', '.join(missing)}")
    nowhere = Outside(HTTPAdapter(), "https://localhost", SystemClock(), 1.0)
    try:
        kind(Merchant(mchid, appid, keys, "https://localhost"), nowhere)
    except ValueError as error:
        raise MerchantFileError(file=file, why=f"a key cannot be used: {error}") from error


def real(settings: Settings) -> Runtime:
    """Return the runtime of production: real clock, real servers, real wires."""
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("DATABASE_URL and REDIS_URL are not set: start with `make run`, or set them")
    clock = SystemClock()
    engine = db.connect(settings.database_url)
    redis = queue.connect(settings.redis_url)
    return Runtime(
        settings=settings,
        clock=clock,
        database=Database(engine, clock, Entropy(), settings.time_scale),
        bell=DatabaseBell(engine, clock),
        queue=RedisQueue(redis, clock),
        redis=redis,
        adapter=HTTPAdapter(pool_maxsize=32),
        profiles=load_profiles(settings.meter_profiles_dir),
    )


def runtime() -> Runtime:
    """Return the runtime of the app that serves this request."""
    return cast("Runtime", current_app.extensions[EXTENSION])
