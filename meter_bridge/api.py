"""What the bridge asks of the backend (docs/bridge-protocol.md)."""

from typing import Protocol

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

INTENT_EXISTS = "intent_exists"
STALE_INSTANCE = "stale_instance"


class ApiUnreachableError(Exception):
    """No answer, or one that decides nothing (5xx): the backend may have done what was asked, or not."""

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class ApiRefusalError(Exception):
    """The backend said no (4xx): it has decided, asking again changes nothing."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class Api(Protocol):
    """The backend. Every call may raise ApiUnreachableError or ApiRefusalError."""

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange an enrolment token for an identity."""

    async def heartbeat(self, request: HeartbeatRequest) -> HeartbeatReply:
        """Renew the leases; the reply names every line that is ours."""

    async def claim(self, request: ClaimRequest) -> ClaimReply:
        """Wait for work."""

    async def intent(self, command: str, request: IntentRequest, request_id: str) -> IntentReply:
        """Store what the meter said, and get permission for one write."""

    async def outcome(self, command: str, request: OutcomeRequest, request_id: str) -> OutcomeReply:
        """Tell what came of a command."""

    async def readings(self, request: ReadingsRequest) -> ReadingsReply:
        """Hand over readings; told twice they count once."""
