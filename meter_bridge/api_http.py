"""The backend over HTTP."""

from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from meter_bridge.api import ApiRefusalError, ApiUnreachableError
from meter_bridge.protocol import (
    ClaimReply,
    ClaimRequest,
    EnrolReply,
    EnrolRequest,
    HeartbeatReply,
    HeartbeatRequest,
    IntentReply,
    IntentRequest,
    OutcomeReply,
    OutcomeRequest,
    ReadingsReply,
    ReadingsRequest,
)

PATIENCE = 10.0
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
_TRY_LATER = {408, 429}

R = TypeVar("R", bound=BaseModel)


class HttpApi:
    """Speaks to one backend (contract: meter_bridge.api.Api). transport: another one than the network, in tests."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=url, transport=transport, timeout=PATIENCE, trust_env=False)

    def present(self, access_token: str) -> None:
        """Send this token with every request from now on."""
        self._client.headers["Authorization"] = f"Bearer {access_token}"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange an enrolment token for an identity."""
        return await self._post("enrol", request, EnrolReply)

    async def heartbeat(self, request: HeartbeatRequest) -> HeartbeatReply:
        """Renew the leases."""
        return await self._post("heartbeat", request, HeartbeatReply)

    async def claim(self, request: ClaimRequest) -> ClaimReply:
        """Wait for work."""
        return await self._post("claim", request, ClaimReply, patience=request.wait_seconds + PATIENCE)

    async def intent(self, command: str, request: IntentRequest, request_id: str) -> IntentReply:
        """Ask for permission to write."""
        return await self._post(f"commands/{command}/intent", request, IntentReply, request_id)

    async def outcome(self, command: str, request: OutcomeRequest, request_id: str) -> OutcomeReply:
        """Tell what came of a command."""
        return await self._post(f"commands/{command}/outcome", request, OutcomeReply, request_id)

    async def readings(self, request: ReadingsRequest) -> ReadingsReply:
        """Hand over readings."""
        return await self._post("readings", request, ReadingsReply)

    async def _post(
        self, path: str, body: BaseModel, reply: type[R], request_id: str = "", *, patience: float = PATIENCE
    ) -> R:
        headers = {"Content-Type": "application/json"} | ({"X-Request-Id": request_id} if request_id else {})
        try:
            response = await self._client.post(
                f"/bridge/v1/{path}", content=body.model_dump_json(), headers=headers, timeout=patience
            )
        except httpx.HTTPError as error:
            raise ApiUnreachableError(f"{type(error).__name__}: {error}") from None
        status = response.status_code
        if status >= _SERVER_ERROR or status in _TRY_LATER:
            raise ApiUnreachableError(f"{path}: HTTP {status}", answered=True)
        if status >= _CLIENT_ERROR:
            raise _refusal(response)
        try:
            return reply.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiUnreachableError(f"{path}: a reply that makes no sense: {error}", answered=True) from None


def _refusal(response: httpx.Response) -> ApiRefusalError:
    try:
        problem = response.json()
        code, detail = str(problem.get("code", "")), str(problem.get("detail", ""))
    except (ValueError, AttributeError):
        code, detail = "", response.text[:200]
    return ApiRefusalError(response.status_code, code, detail)
