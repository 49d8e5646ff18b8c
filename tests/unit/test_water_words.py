"""What tenants are told of a water meter names no electricity, in either language."""

import re

from miniprogram_api.schemas.meters import WhyNot
from miniprogram_api.schemas.timeline import Message
from miniprogram_api.wording import OF_WATER, SENTENCES

OF_POWER = re.compile("电|the meter\\b|this meter")


def test_every_sentence_that_names_the_electricity_meter_has_one_for_water_and_no_more_are_there() -> None:
    told = {each.value for each in (*Message, *WhyNot)}
    naming = {key for key in told if "电" in SENTENCES[key][0]}
    assert naming - OF_WATER.keys() == set()
    assert OF_WATER.keys() - told == set()


def test_the_sentences_of_water_name_no_electricity() -> None:
    assert [said for pair in OF_WATER.values() for said in pair if OF_POWER.search(said)] == []
