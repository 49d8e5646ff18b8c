"""What people are told about maintenance locks."""

from backend.kernel.errors import ProductError


class BreakerLockedError(ProductError):
    """Somebody works behind this breaker."""

    status = 409
    code = "breaker_locked"
    zh = "{who} 于 {since} 挂了检修锁（{reason}），取下之前不能合闸。"
    en = "{who} hung a maintenance lock at {since} ({reason}): nothing closes this breaker until it is taken off."


class ValveLockedError(BreakerLockedError):
    """Somebody works behind this valve."""

    zh = "{who} 于 {since} 挂了检修锁（{reason}），取下之前不能开阀。"
    en = "{who} hung a maintenance lock at {since} ({reason}): nothing opens this valve until it is taken off."


class LockHangsError(ProductError):
    """The same person locks the same thing twice."""

    status = 409
    code = "lock_hangs"
    zh = "您已在这里挂了检修锁。"
    en = "A lock of yours hangs here already."


class LockGoneError(ProductError):
    """It was taken off before."""

    status = 409
    code = "lock_gone"
    zh = "这把检修锁已经取下。"
    en = "This lock has been taken off already."


class NotYourLockError(ProductError):
    """Only who hung it takes it off alone."""

    status = 403
    code = "not_your_lock"
    zh = "只有挂锁人可以自行取下；其他人须经两人审批。"
    en = "Only who hung it takes it off alone; for others, two persons must agree."


class GroupRememberedError(ProductError):
    """Maintenance locks hung on this group: who worked behind which breakers stays on record."""

    status = 409
    code = "group_remembered"
    zh = "这个组挂过检修锁，记录要保留，不能解散：可以移出全部电表，或改名。"
    en = "Maintenance locks hung on this group, and that stays on record: take its meters out, or rename it."


class UnderLockError(ProductError):
    """A meter would slip out of a locked group."""

    status = 409
    code = "under_lock"
    zh = "电表组挂有检修锁，取下之前不能移出电表。"
    en = "A maintenance lock hangs on this group: no meter leaves it before it is taken off."
