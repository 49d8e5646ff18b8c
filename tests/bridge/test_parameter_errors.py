"""A mistake in the parameters of a profile is named: file, line, key and what to write."""

from pathlib import Path

import pytest

from meter_bridge.profile import SHIPPED, ProfileError, load_profile

CAS, DLT645, RELAY = "reference_cas", "dlt645_2007", "generic_relay"
SPOTS = "parameters"


def wrong(tmp_path: Path, code: str, old: str, new: str) -> ProfileError:
    text = (SHIPPED / f"{code}.toml").read_text(encoding="utf-8")
    head, found, tail = text.partition("# Parameters")
    assert old in found + tail
    file = tmp_path / "wrong.toml"
    file.write_text(head + (found + tail).replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as raised:
        load_profile(file)
    return raised.value


@pytest.mark.parametrize(
    ("code", "old", "new", "key", "says"),
    [
        (CAS, "[parameters.hoard_limit]", "[parameters.hord_limit]", "hord_limit", "correct the spelling"),
        (CAS, "[parameters.hoard_limit]", "[parameters.energy_wh]", "energy_wh", "correct the spelling"),
        (CAS, "address = 0x1200\n", "", "low_credit_threshold_1.address", "is missing"),
        (CAS, "most = 99_999_999\n", "", "low_credit_threshold_1.most", "is missing"),
        (CAS, "most = 99_999_999\n", "most = 4_294_967_296\n", "low_credit_threshold_1.most", "does not fit u32"),
        (CAS, "most = 99_999_999\n", "most = 0\n", "low_credit_threshold_1.most", "greater than the least, 0"),
        (CAS, "most = 99_999_999\n", 'most = "5"\n', "low_credit_threshold_1.most", "write a whole number"),
        (CAS, 'type = "u32"\n', 'type = "bcd"\n', "low_credit_threshold_1.words", "how many registers"),
        (CAS, 'type = "u32"\n', 'type = "u32"\nbit = 3\n', "low_credit_threshold_1.type", "a number of its own"),
        (CAS, 'type = "u32"\n', 'type = "ascii"\nwords = 2\n', "low_credit_threshold_1.type", "a number of its own"),
        (CAS, 'type = "u32"\n', 'type = "u32"\nmultiply = 10\n', "low_credit_threshold_1.most", "the step 10"),
        (CAS, "address = 0x1202", "address = 0x1201", "low_credit_threshold_2.address", "over low_credit_threshold_1"),
        (CAS, "address = 0x1220", "address = 0xFFFA", "unit_prices.address", "less than or equal to 65535"),
        (CAS, "0x128F]", "0xFFF0]", "day_schedules.addresses", "less than or equal to 65535"),
        (CAS, "0x128F]", "0x1266]", "day_schedules.addresses", "it lies over day_schedules"),
        (CAS, 'source = "reference meters, 1200h"', "", "low_credit_threshold_1.source", "is missing"),
        (CAS, "most = 3_000_000", "most = 3_000_100", "unit_prices.most", "at most 3000000"),
        (CAS, 'periods = ["critical_peak", "peak"', 'periods = ["peak", "peak"', "unit_prices.periods", "once"),
        (CAS, 'periods = ["critical_peak"', 'periods = ["noon"', "unit_prices.periods.0", "'critical_peak', 'peak'"),
        (CAS, "schedules = 4", "schedules = 5", "date_plan.schedules", "write 4, as many as day_schedules has"),
        (CAS, "slots = 14", "slots = 15", "date_plan.slots", "less than or equal to 14"),
        (CAS, '"month", "day", "schedule"', '"month", "day", "day"', "date_plan.layout", "each word once"),
        (CAS, '"month", "day", "schedule"', '"month", "day", "number"', "date_plan.layout.2", "'schedule'"),
        (DLT645, "octets = 4\n", "", "low_credit_threshold_1.octets", "how many bytes for bcd"),
        (DLT645, 'type = "bcd"\n', 'type = "i32"\n', "low_credit_threshold_1.type", "DL/T 645 has no other"),
        (DLT645, "most = 99_999_999", "most = 100_000_000", "low_credit_threshold_1.most", "does not fit 4 bytes"),
        (DLT645, "0x04010002", "0x04010001", "day_schedules.addresses", "it lies over day_schedules"),
        (DLT645, 'coding = "bcd"', 'coding = "ascii"', "date_plan.coding", "'binary' or 'bcd'"),
    ],
)
def test_an_error_names_the_key_and_what_to_write(
    tmp_path: Path, code: str, old: str, new: str, key: str, says: str
) -> None:
    error = wrong(tmp_path, code, old, new)
    assert error.key == f"{SPOTS}.{key}"
    assert says in error.advice
    assert error.line > 1


def test_a_parameter_in_a_hole_is_told(tmp_path: Path) -> None:
    hole = '[[holes]]\nfirst = 0x1200\nlast = 0x1200\nsource = "manual"\n\n# Parameters'
    error = wrong(tmp_path, CAS, "# Parameters", hole)
    assert (error.key, "hole" in error.advice) == (f"{SPOTS}.low_credit_threshold_1.address", True)


def test_abilities_follow_from_there_being_parameters(tmp_path: Path) -> None:
    text = (SHIPPED / f"{RELAY}.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    assert not {"write_parameter", "read_parameters"} & load_profile(file).abilities
    more = '\n[parameters.overload_limit]\naddress = 0x1003\ntype = "u16"\nmost = 9_999\nsource = "a manual"\n'
    file.write_text(text + more, encoding="utf-8")
    assert {"write_parameter", "read_parameters"} <= load_profile(file).abilities


def test_an_ability_without_parameters_is_told(tmp_path: Path) -> None:
    text = (SHIPPED / f"{RELAY}.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('abilities = ["', 'abilities = ["write_parameter", "'), encoding="utf-8")
    with pytest.raises(ProfileError) as raised:
        load_profile(file)
    assert raised.value.key == "abilities"
    assert "[parameters]" in raised.value.advice
