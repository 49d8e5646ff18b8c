"""Files of lists: what a spreadsheet would calculate stays text."""

import csv
from io import StringIO

import pytest

from backend.admin.lists.exporting import as_csv


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n"])
def test_no_text_begins_as_a_formula_not_even_of_full_width(sign: str) -> None:
    told = as_csv(["名称"], [[f"{sign}1+1"]]).decode("utf-8-sig")
    assert list(csv.reader(StringIO(told, newline=""))) == [["名称"], [f"'{sign}1+1"]]
