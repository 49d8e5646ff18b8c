"""While the database is away, everybody is told to come again, and nobody that something broke."""

from dataclasses import replace

import pytest

from backend.app import create_app
from backend.kernel import db
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database
from backend.kernel.entropy import Entropy
from backend.runtime import Runtime

NOWHERE = "postgresql+psycopg://app:x@/dianyuan?host=/nowhere"


@pytest.mark.parametrize("path", ["/api/mp/v1/login", "/callbacks/wechat_pay/x", "/bridge/v1/enrol"])
def test_without_a_database_every_caller_is_told_to_come_again(runtime: Runtime, path: str) -> None:
    away = replace(runtime, database=Database(db.connect(NOWHERE), SystemClock(), Entropy()))
    body = {"appid": "wx1", "code": "c"} if "login" in path else {"enrolment_token": "0" * 64}
    answer = create_app(away).test_client().post(path, json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json is not None
    assert (answer.json["code"], "again" in answer.json["detail"]) == ("database_down", True)
