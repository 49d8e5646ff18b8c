"""A merchant file is checked whole, by trying its keys, before anything is stored; and keys are sealed."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from backend.cli.merchants import merchant, organisation
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.db import Database
from backend.kernel.sealing import Seal, UnsealError
from backend.notices.channel import Template
from backend.notices.models import NoticeKind
from backend.notices.templates import USUAL_FIELDS, template_of
from backend.payments.merchants import open_keys
from backend.payments.models import MerchantAccount
from sandbox.server import RunningSandbox

OWNER = "锦程物业"


@pytest.fixture
def shell(
    database: Database, postgres: EmbeddedPostgres, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> CliRunner:
    """An operator's shell, with the settings of the test servers and one organisation."""
    for name, value in {
        "DATABASE_URL": postgres.app_url,
        "REDIS_URL": valkey.url,
        "MASTER_KEY": "11" * 32,
        "COMMAND_SIGNING_KEY": "22" * 32,
    }.items():
        monkeypatch.setenv(name, value)
    runner = CliRunner()
    assert runner.invoke(organisation, ["add", OWNER]).exit_code == 0
    return runner


def stored(database: Database) -> list[MerchantAccount]:
    """Return every merchant account."""
    with database.transaction() as session:
        return list(session.scalars(select(MerchantAccount).order_by(MerchantAccount.id)))


def test_a_merchant_file_is_imported_sealed_and_its_callback_address_shown(
    shell: CliRunner, database: Database, sandbox: RunningSandbox
) -> None:
    done = shell.invoke(merchant, ["import", str(sandbox.merchant_file), "--organisation", OWNER])
    assert done.exit_code == 0, done.output
    account, _ = stored(database)
    assert open_keys(account, Seal(b"\x11" * 32))["apiv3_key"] == sandbox.keys.apiv3_key
    assert sandbox.keys.apiv3_key.encode() not in account.sealed_keys
    listed = shell.invoke(merchant, ["list", "--organisation", OWNER])
    assert f"/callbacks/wechat_pay/{account.callback_key}" in listed.output


def test_keys_sealed_for_one_account_open_for_no_other(
    shell: CliRunner, database: Database, sandbox: RunningSandbox
) -> None:
    shell.invoke(merchant, ["import", str(sandbox.merchant_file), "--organisation", OWNER])
    account, _ = stored(database)
    account.appid = "wxother"
    with pytest.raises(UnsealError):
        open_keys(account, Seal(b"\x11" * 32))


def test_importing_again_replaces_the_keys_and_keeps_the_callback_address(
    shell: CliRunner, database: Database, sandbox: RunningSandbox
) -> None:
    for _ in range(2):
        shell.invoke(merchant, ["import", str(sandbox.merchant_file), "--organisation", OWNER])
    assert [a.appid for a in stored(database)] == [app.appid for app in sandbox.keys.apps]
    assert len({a.callback_key for a in stored(database)}) == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[merchant_account]", "[merchant_account", "merchant.toml"),
        ("[merchant_account]", "[merchants]", "merchant_account: Field required"),
        ('provider = "wechat_pay"', 'provider = "wechatpay"', "none of wechat_pay"),
        ('mode = "direct"', 'mode = "partner"', "merchant_account.mode"),
        ("mchid", "mch_id", "merchant_account.mchid: Field required"),
        ("apiv3_key", "api_key", "wechat_pay needs apiv3_key"),
        ('apiv3_key = "', 'apiv3_key = "x', "apiv3_key must have 32 characters"),
        ("PRIVATE KEY-----\n", "PRIVATE KEY-----\nAAAA", "a key cannot be used"),
        ('kind = "mini_program"', 'kind = "miniprogram"', "wechat_app.0.kind"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place_and_nothing_is_stored(
    shell: CliRunner, database: Database, sandbox: RunningSandbox, tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = sandbox.merchant_file.read_text()
    assert old in text
    wrong = tmp_path / "merchant.toml"
    wrong.write_text(text.replace(old, new, 1))
    refused = shell.invoke(merchant, ["import", str(wrong), "--organisation", OWNER])
    assert refused.exit_code == 1
    assert says in refused.output
    assert "Traceback" not in refused.output
    assert sandbox.keys.apiv3_key not in refused.output
    assert stored(database) == []


def test_templates_come_with_their_application(
    shell: CliRunner, database: Database, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    file = tmp_path / "merchant.toml"
    own = 'low_credit = { id = "two", fields = { thing2 = "place" } }'
    file.write_text(sandbox.merchant_file.read_text() + f'[wechat_app.templates]\ncredited = "one"\n{own}\n')
    done = shell.invoke(merchant, ["import", str(file), "--organisation", OWNER])
    assert done.exit_code == 0, done.output
    with database.transaction() as session:
        kept = [template_of(session, appid=sandbox.keys.apps[1].appid, kind=kind) for kind in NoticeKind]
    assert kept == [Template("one", USUAL_FIELDS[NoticeKind.CREDITED]), Template("two", {"thing2": "place"})]


@pytest.mark.parametrize("field", ['thing2 = "secret"', 'first = "place"', "thing2 = 1"])
def test_a_template_nobody_can_fill_is_refused(
    shell: CliRunner, database: Database, sandbox: RunningSandbox, tmp_path: Path, field: str
) -> None:
    file = tmp_path / "merchant.toml"
    wrong = f'[wechat_app.templates]\ncredited = {{ id = "one", fields = {{ {field} }} }}\n'
    file.write_text(sandbox.merchant_file.read_text() + wrong)
    refused = shell.invoke(merchant, ["import", str(file), "--organisation", OWNER])
    assert (refused.exit_code, "templates.credited" in refused.output) == (1, True)
    assert stored(database) == []


def test_an_organisation_that_is_not_there_is_named_with_those_that_are(
    shell: CliRunner, sandbox: RunningSandbox
) -> None:
    refused = shell.invoke(merchant, ["import", str(sandbox.merchant_file), "--organisation", "nobody"])
    assert refused.exit_code == 1
    assert OWNER in refused.output
