"""A wrong profile gives one clear error: file, line, key, and what to write."""

import subprocess
import sys
from pathlib import Path

import pytest

from meter_bridge.profile import SHIPPED, ProfileError, load_profile, load_profiles

GOOD = (SHIPPED / "reference_cas.toml").read_text(encoding="utf-8")


def wrong(tmp_path: Path, old: str, new: str) -> ProfileError:
    assert old in GOOD
    file = tmp_path / "wrong.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as raised:
        load_profile(file)
    assert raised.value.file == file
    assert str(raised.value).startswith(f"{file}:{raised.value.line}: ")
    return raised.value


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('capability = "counter_cas"', 'capability = "counter"', "money.capability", "'counter_cas', 'additive_blind'"),
        ('type = "i32"', 'type = "int32"', "registers.balance.type", "'u16', 'i16'"),
        ("address = 0x1004", "address = 0x11004", "registers.balance.address", "less than or equal to 65535"),
        ("address = 0x1004", 'address = "1004"', "registers.balance.address", "write a whole number"),
        ("address = 0x1004", "address = 10.5", "registers.balance.address", "write a whole number, not 10.5"),
        ("[registers.balance]", "[registers.ballance]", "registers.ballance", "'balance'"),
        ("step = 1", "steps = 1", "money.steps", "correct the spelling"),
        ("poll_seconds = 60", 'poll_seconds = 60\ntransformers = "both"', "transformers", "'secondary' or 'primary'"),
        ("poll_seconds = 60", "poll_seconds = 0", "poll_seconds", "greater than 0"),
        ('code = "reference_cas"', 'code = "Reference CAS"', "code", "pattern"),
        ("step = 1\n", "step = 7\n", "money.max_amount", "multiple of the step 7"),
        ("max_amount = 99_999_999", "max_amount = 4_294_967_296", "money.max_amount", "does not fit u32"),
        ("max_amount = 99_999_999", "max_amount = 0", "money.max_amount", "largest single top-up"),
        ('    "top_up", "open', '    "open', "writes.top_up", "abilities"),
        ('value = "purchase_no"', "value = 5", "writes.top_up.fields", "amount and purchase_no"),
        ('value = "purchase_no"', 'value = "number"', "writes.top_up.fields.1.value", "purchase_no"),
        ("words = 3\n", "", "registers.serial.words", "how many registers"),
        ("closed = 0", "closed = 1", "breaker.open", "another value"),
        ('source = "reference meters, 1003h"', "", "registers.purchase_count.source", "is missing"),
        ("fields = [{ value = 1, type = \"u16\" }]", "fields = []", "writes.open_breaker.fields", "at least 1"),
        ("fields = [{ value = 1, type = \"u16\" }]", "fields = [{ value = 1, type = \"bcd\" }]",
         "writes.open_breaker.fields.0.words", "how many registers"),
        ("address = 0x100E", "address = 0xFFFF", "registers.power_w.address", "FFFFh"),
        ("[registers.supply]", "[registers.overdraft]", "registers", "registers.supply"),
        ("[registers.purchase_count]", "[registers.current_ma]", "registers", "registers.purchase_count"),
        ('capability = "counter_cas"', 'capability = "platform_wallet"', "writes.top_up", "takes no money"),
        ("[registers.power_w]", "[registers.voltage_b_mv]", "registers.voltage_b_mv", "add [registers.voltage_mv]"),
        ("[registers.power_w]", "[registers.power_a_w]", "registers.power_a_w", "add [registers.power_b_w]"),
        ("[registers.energy_wh]", "[registers.peak_wh]", "registers", "what does it count"),
        ("max_power_w = 13_200", "max_power_w = 0", "breaker.max_power_w", "only a valve has 0"),
        ("[breaker]\n", '[circuits]\nmost = 36\nunit_step = 8\nsource = "manual"\n\n[breaker]\n', "circuits.most",
         "do not fit units 1 to 247"),
        ("[breaker]\n", '[circuits]\nmost = 1\nunit_step = 1\nsource = "manual"\n\n[breaker]\n', "circuits.most",
         "greater than or equal to 2"),
        ("[money]\n", "[money\n", "", "is no TOML"),
        ("[money]\n", '[poll]\nslot = ["volume_l"]\n[money]\n', "poll.slot", "add [registers.volume_l]"),
        ("[money]\n", '[poll]\nslot = ["balance"]\nrarely = ["balance"]\n[money]\n', "poll.slot", "only"),
        ("[money]\n", "[poll]\nrarely_seconds = 30\n[money]\n", "poll.rarely_seconds", "poll_seconds, 60"),
        ("[money]\n", '[[holes]]\nfirst = 0x100D\nlast = 0x1020\nsource = "manual"\n[money]\n', "holes.0", "energy_wh"),
        ("[money]\n", '[[holes]]\nfirst = 9\nlast = 8\nsource = "manual"\n[money]\n', "holes.0.last", "not before"),
    ],
)  # fmt: skip
def test_an_error_names_the_key_and_what_to_write(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    error = wrong(tmp_path, old, new)
    assert error.key == key
    assert says in error.advice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("step = 1", "steps = 1"),
        ('type = "i32"', 'type = "int32"'),
        ('value = "purchase_no"', 'value = "number"'),
        ("closed = 0", "closed = 1"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, old: str, new: str) -> None:
    error = wrong(tmp_path, old, new)
    key = error.key.split(".")[-1]
    assert (tmp_path / "wrong.toml").read_text(encoding="utf-8").splitlines()[error.line - 1].startswith(key)


def test_a_meter_with_money_needs_a_way_to_take_it(tmp_path: Path) -> None:
    text = GOOD.replace('"top_up", ', "", 1)
    begin, end = text.index("[writes.top_up]"), text.index("[writes.open_breaker]")
    file = tmp_path / "wrong.toml"
    file.write_text(text[:begin] + text[end:], encoding="utf-8")
    with pytest.raises(ProfileError, match="add 'top_up'"):
        load_profile(file)


def test_two_profiles_with_one_code_fail(tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"again\.toml:3: code: 'reference_cas' is taken"):
        load_profiles(tmp_path)


def test_an_extra_folder_adds_profiles(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(GOOD.replace("reference_cas", "other_cas", 1), encoding="utf-8")
    profiles = load_profiles(tmp_path)
    assert profiles["other_cas"].sha256 != profiles["reference_cas"].sha256


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(ProfileError, match="UTF-8"):
        load_profile(tmp_path / "latin.toml")


def test_the_command_line_checks_a_file(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("code = 5\n", encoding="utf-8")
    command = [sys.executable, "-m", "meter_bridge", "profile", "check"]
    good = subprocess.run([*command, str(SHIPPED / "generic_relay.toml")], capture_output=True, text=True, check=False)
    bad = subprocess.run([*command, str(tmp_path / "wrong.toml")], capture_output=True, text=True, check=False)
    none = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (good.returncode, bad.returncode, none.returncode) == (0, 2, 2)
    assert "wrong.toml:1: code:" in bad.stderr
