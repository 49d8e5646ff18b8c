"""A provider's answer is shown as it came, but for who paid."""

import pytest

from backend.admin.details.raw_answers import readable
from backend.payments.models import Notification

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"payer": {{"openid": "{OPENID}"}}, "out_trade_no": "20261122"}}',
        f'{{"resource": {{"list": [{{"sub_openid": "{OPENID}", "out_trade_no": "20261122"}}]}}}}',
        f"out_trade_no=20261122&openid={OPENID}&x=1",
        f"<xml><out_trade_no>20261122</out_trade_no><openid>{OPENID}</openid></xml>",
    ],
)
def test_of_a_payer_the_last_six_signs_are_shown(body: str) -> None:
    shown = readable(Notification(body=body.encode()))
    assert (OPENID in shown, f"***{OPENID[-6:]}" in shown, "20261122" in shown) == (False, True, True)


@pytest.mark.parametrize(
    "body",
    [
        '{"mobile": "13812345678"}',
        '{"attach": "call 13812345678 please"}',
        "phone=13812345678",
        '{"phone": 13812345678}',
    ],
)
def test_telephones_are_masked_wherever_they_stand(body: str) -> None:
    shown = readable(Notification(body=body.encode()))
    assert ("13812345678" in shown, "138****5678" in shown) == (False, True)


def test_numbers_of_transactions_stay_as_they_are() -> None:
    body = '{"transaction_id": "4200002345202611221381234567", "amount": {"total": 13812345678}}'
    assert "4200002345202611221381234567" in readable(Notification(body=body.encode()))
