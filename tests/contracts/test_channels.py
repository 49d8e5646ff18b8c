"""What every message channel promises: a new file in backend/notices/channels is tested once it has a stage."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from backend.kernel.registry import discover
from backend.notices.channel import Channel, Letter, PermanentError, TemporaryError
from backend.notices.known_channels import CHANNELS
from backend.notices.models import NoticeKind
from backend.people.models import WechatAppKind
from tests.contracts.channel_stages import STAGES, Stage, letter


@pytest.fixture(params=sorted(CHANNELS))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The stage of one channel; one that has none fails here."""
    with STAGES[request.param](tmp_path) as ready:
        yield ready


def a_letter(stage: Stage, event_id: int = 1, kind: NoticeKind = NoticeKind.CREDITED) -> Letter:
    return letter(event_id, stage.to, stage.channel.code, kind)


def test_every_channel_has_a_stage_and_reaches_users_of_some_application() -> None:
    assert sorted(STAGES) == sorted(CHANNELS)
    assert all(channel.apps and channel.apps <= set(WechatAppKind) for channel in CHANNELS.values())
    assert [code for code, channel in CHANNELS.items() if channel.code != code] == []


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_letter_of_each_kind_arrives_with_a_proof(stage: Stage, kind: NoticeKind) -> None:
    assert stage.channel.send(a_letter(stage, kind=kind))
    assert stage.arrived() == 1


def test_the_same_letter_sent_again_arrives_once_and_another_arrives_too(stage: Stage) -> None:
    for _ in range(3):
        stage.channel.send(a_letter(stage))
    assert stage.arrived() == 1
    stage.channel.send(a_letter(stage, event_id=2))
    assert stage.arrived() == 2


def test_what_is_out_of_order_is_temporary_and_works_afterwards(stage: Stage) -> None:
    if stage.upset is None:
        return  # nothing outside is needed
    stage.upset()
    with pytest.raises(TemporaryError):
        stage.channel.send(a_letter(stage))
    assert stage.channel.send(a_letter(stage))
    assert stage.arrived() == 1


def test_who_refuses_is_unreachable_for_good(stage: Stage) -> None:
    if stage.refuse is None:
        return  # nobody can
    stage.refuse()
    with pytest.raises(PermanentError) as refused:
        stage.channel.send(a_letter(stage))
    assert refused.value.unreachable
    assert stage.arrived() == 0


def test_no_error_tells_the_secret(stage: Stage) -> None:
    if stage.refuse is None:
        return
    wrong = replace(a_letter(stage), to=replace(stage.to, secret="not the secret"))
    with pytest.raises(TemporaryError) as failed:
        stage.channel.send(wrong)
    assert "not the secret" not in repr(failed.value) + repr(failed.value.__cause__) + repr(wrong)


def test_two_channels_of_one_code_fail_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("class CHANNEL:\n    code = 'same'\n")
    folder = ModuleType("twice")
    folder.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "twice", folder)
    with pytest.raises(ValueError, match="claim the code 'same'"):
        discover(folder, "CHANNEL", Channel)  # type: ignore[type-abstract]
