"""Refusals that a bridge is told; the code is what it acts on."""

from backend.kernel.errors import ProductError


class BadBridgeTokenError(ProductError):
    """No bridge has this access token, or it was revoked."""

    status = 401
    code = "bad_bridge_token"
    zh = "网桥令牌无效，请重新注册网桥。"
    en = "No bridge has this token; enrol it again."


class BadEnrolmentTokenError(ProductError):
    """The enrolment token is unknown, used up or too old."""

    status = 401
    code = "bad_enrolment_token"
    zh = "注册码无效、已用过或已过期，请重新生成。"
    en = "This enrolment token is unknown, used up or too old; issue a new one."


class UnknownCommandError(ProductError):
    """There is no such command, or it is not this bridge's to know."""

    status = 404
    code = "unknown_command"
    zh = "没有这条命令。"
    en = "There is no such command."


class StaleInstanceError(ProductError):
    """A later run of the same bridge has spoken; this one must stop for good."""

    status = 409
    code = "stale_instance"
    zh = "同一网桥已有更新的进程在运行，本进程应停止。"
    en = "A newer run of this bridge has spoken; this run must stop."


class StaleFenceError(ProductError):
    """The line was acquired anew since; what is done under the old fence counts no more."""

    status = 409
    code = "stale_fence"
    zh = "线路租约已换代，此请求作废。"
    en = "The line was acquired anew since; this fence counts no more."


class NotLeasedError(ProductError):
    """The line's lease has ended, or the command is not leased to this bridge."""

    status = 409
    code = "not_leased"
    zh = "线路租约已到期，或命令未分配给本网桥。"
    en = "The lease has ended, or the command is not leased to this bridge."


class IntentExistsError(ProductError):
    """Permission to write was given once already; it is not given twice."""

    status = 409
    code = "intent_exists"
    zh = "该命令已获准写入一次，不可重复。"
    en = "Permission for this write was given already; read the meter back instead."


class AlreadySettledError(ProductError):
    """The command has come to its end."""

    status = 409
    code = "already_settled"
    zh = "该命令已有最终结果。"
    en = "This command has come to its end."


class HeldError(ProductError):
    """The command waits for a person to decide."""

    status = 409
    code = "held"
    zh = "该命令已挂起，等待人工处理。"
    en = "This command waits for a person to decide."


class StillPermittedError(ProductError):
    """Another run of a bridge was allowed to write it and may do so yet: what the meter shows now proves nothing."""

    status = 409
    code = "still_permitted"
    zh = "另一采集器进程的写入许可尚未到期，请在 {until} 之后再查看电表并处理。"
    en = "Another run of a bridge may still write it until {until}; look at the meter after that, then decide."


class MeterFrozenError(ProductError):
    """No money is sent to this meter until a person has looked."""

    status = 409
    code = "meter_frozen"
    zh = "该表的资金下发已冻结，等待人工处理。"
    en = "Money for this meter is frozen until a person has looked."


class LockedError(ProductError):
    """Somebody works behind this breaker or valve: nothing that could restore supply is written."""

    status = 409
    code = "locked"
    zh = "该表挂有检修锁，不下发可能恢复供应的命令。"
    en = "A maintenance lock hangs on this meter: nothing that could restore its supply is written."


class EvidenceMissingError(ProductError):
    """What was read does not hold what this meter's rule for money needs."""

    status = 409
    code = "evidence_missing"
    zh = "读数缺少该表充值所需的项目。"
    en = "The reading lacks what this meter's rule for money needs."


class KeptSuppliedError(ProductError):
    """Nobody cuts off what is kept supplied."""

    status = 409
    code = "kept_supplied"
    zh = "该表处于保电状态，不会断电；请先解除保电。"
    en = "This meter is kept supplied, so nothing opens it; end that first."


class NotAbleError(ProductError):
    """A meter of this model cannot do what was asked of it."""

    status = 409
    code = "not_able"
    zh = "型号“{profile}”的表没有这项功能。"
    en = 'A meter of the model "{profile}" cannot do this.'
