"""People with WeChat: who they are to each app, and the codes and tokens that prove it."""

import base64
import hashlib
from dataclasses import replace

from sandbox.keys import App
from sandbox.records import Code, Identity, Person, Token
from sandbox.refusals import ApiRefusal, ControlRefusal
from sandbox.world import World

CODE_LIVES, TOKEN_LIVES, OLD_TOKEN_LIVES = 300, 7200, 300


def person_called(world: World, name: str) -> Person:
    """Return a person, who comes into being when first named."""
    with world.books.store.transaction():
        phone = "1380000" + str(int(_digest(name).hex()[:8], 16) % 10000).zfill(4)
        return world.books.persons.get(name) or world.books.persons.put(Person(name, phone))


def identity_of(world: World, appid: str, name: str) -> Identity:
    """Return a person as an app sees them: one openid per app and person."""
    with world.books.store.transaction():
        person_called(world, name)
        openid = "o" + base64.urlsafe_b64encode(_digest(world.keys.mchid, appid, name)).decode()[:27]
        return world.books.identities.get(openid) or world.books.identities.put(Identity(openid, appid, name))


def unionid_of(world: World, name: str) -> str:
    """Return what all apps of the merchant know a person by."""
    return "u" + base64.urlsafe_b64encode(_digest(world.keys.mchid, "union", name)).decode()[:27]


def mint_code(world: World, appid: str, name: str, purpose: str) -> Code:
    """Mint a code as the WeChat app would; purpose is login or phone."""
    if world.keys.app(appid) is None or purpose not in ("login", "phone") or not name:
        raise ControlRefusal("a code needs a known appid, a person, and the purpose login or phone")
    identity_of(world, appid, name)
    return world.books.codes.put(Code("0" + world.text(31), appid, name, purpose, world.clock()))


def use_code(world: World, appid: str, text: str, purpose: str) -> str:
    """Exchange a code for the name of its person, once."""
    with world.books.store.transaction():
        code = world.books.codes.get(text)
        if code is None or (code.appid, code.purpose) != (appid, purpose):
            raise ApiRefusal(40029, "invalid code")
        if code.used:
            raise ApiRefusal(40163, "code been used")
        if world.clock() > code.minted_at + CODE_LIVES:
            raise ApiRefusal(40029, "invalid code, code expired")
        world.books.codes.put(replace(code, used=True))
    return code.person


def check_secret(world: World, appid: str, secret: str) -> App:
    """Return the app that may be spoken for with this secret."""
    app = world.keys.app(appid)
    if app is None:
        raise ApiRefusal(40013, "invalid appid")
    if secret != app.secret:
        raise ApiRefusal(40125, "invalid appsecret")
    return app


def issue_token(world: World, app: App) -> Token:
    """Issue a plain access token; the one before stays good for five minutes."""
    with world.books.store.transaction():
        for old in _tokens(world, app.appid, "plain"):
            world.books.tokens.put(replace(old, valid_until=min(old.valid_until, world.clock() + OLD_TOKEN_LIVES)))
        return _new_token(world, app, "plain")


def stable_token(world: World, app: App, *, force: bool) -> Token:
    """Return the stable access token; it changes only when it ends or when forced."""
    with world.books.store.transaction():
        living = _tokens(world, app.appid, "stable")
        if living and not force:
            return living[-1]
        for old in living:
            world.books.tokens.put(replace(old, valid_until=min(old.valid_until, world.clock() + OLD_TOKEN_LIVES)))
        return _new_token(world, app, "stable")


def check_token(world: World, text: str) -> App:
    """Return the app an access token speaks for."""
    if not text:
        raise ApiRefusal(41001, "access_token missing")
    token = world.books.tokens.get(text)
    app = world.keys.app(token.appid) if token else None
    if token is None or app is None:
        raise ApiRefusal(40001, "invalid credential, access_token is invalid or not latest")
    if world.clock() >= token.valid_until:
        raise ApiRefusal(42001, "access_token expired")
    return app


def person_of(world: World, appid: str, openid: str) -> Person:
    """Return the person an app knows by this openid."""
    identity = world.books.identities.get(openid)
    if identity is None or identity.appid != appid:
        raise ApiRefusal(40003, "invalid openid")
    return person_called(world, identity.person)


def _tokens(world: World, appid: str, kind: str) -> list[Token]:
    now = world.clock()
    return [token for token in world.books.tokens.of(appid) if token.kind == kind and token.valid_until > now]


def _new_token(world: World, app: App, kind: str) -> Token:
    return world.books.tokens.put(Token("99_" + world.text(64), app.appid, kind, world.clock() + TOKEN_LIVES))


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()
