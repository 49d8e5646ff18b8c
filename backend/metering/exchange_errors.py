"""Why a meter cannot be exchanged now, and what to do about it."""

from backend.kernel.errors import ProductError


class MoneyOnItsWayError(ProductError):
    """Money is being written to the old meter at this moment."""

    status = 409
    code = "money_on_its_way"
    zh = "一笔充值正在写入旧表。请等一分钟，看到它有结果后再提交；先不要拆表。"
    en = "A top-up is being written to the old meter. Wait a minute until it has an outcome, then send this again."


class MoneyInDoubtError(ProductError):
    """Money was permitted to be written once, and nobody knows yet whether the meter took it."""

    status = 409
    code = "money_in_doubt"
    zh = (
        "一笔充值曾获准写入旧表，还不知道表是否已收到。请点“立即抄表”让旧表回读；旧表不能应答时，"
        "记下显示的购电次数和余额，请管理员挂起并判定这笔充值（commands hold、commands decide）后再换表。"
    )
    en = (
        "A top-up was permitted once, and nobody knows yet whether the old meter took it. Have it read now; if it does "
        "not answer, note count and balance, and let an operator hold and decide that top-up first "
        "(commands hold, commands decide)."
    )


class MoneyHeldError(ProductError):
    """Money waits for a person to decide whether the old meter took it."""

    status = 409
    code = "money_held"
    zh = "一笔充值等待人工判定。请记下旧表显示的购电次数和余额，请管理员判定（commands decide）后再换表。"
    en = "A top-up waits for a decision. Note what the old meter shows; an operator decides it first (commands decide)."


class SwitchingUnderWayError(ProductError):
    """The breaker of the old meter may yet be switched by a permission that is still good."""

    status = 409
    code = "switching_under_way"
    zh = "一条拉合闸指令正在执行。请等一分钟，看到它有结果后再提交。"
    en = "A breaker is being switched. Wait a minute until that has an outcome, then send this again."


class LockedByOtherError(ProductError):
    """Somebody else works behind this breaker."""

    status = 409
    code = "locked_by_other"
    zh = "{who} 在这里挂着检修锁（{reason}）。先请本人取锁，或由两人审批取下，再换表。"
    en = "{who} has a maintenance lock here ({reason}). Have it taken off first, by them or by two persons."


class ExchangedAlreadyError(ProductError):
    """The meter was exchanged before, for another one than is told now."""

    status = 409
    code = "exchanged_already"
    zh = "这只表已换成 {number}。如新表有误，请对 {number} 再做一次换表。"
    en = "This meter was exchanged for {number} already. If that is wrong, exchange {number} in turn."


class ProfileUnfitError(ProductError):
    """A meter of another way to hold credit, while an account pays for it."""

    status = 422
    code = "profile_unfit"
    zh = "新表的余额存放方式或计费单位与旧表不同，这个账户不能直接换用。请选同类表型，或先销户。"
    en = "The new meter holds credit in another way or unit than the old one; choose one alike, or close the account."


class ClosingMissingError(ProductError):
    """No reading of the old meter is fresh enough, and nothing was typed."""

    status = 422
    code = "closing_missing"
    zh = "旧表最近十分钟没有抄到读数：请先点“立即抄表”，或照旧表显示填写{what}"
    en = "The old meter was not read in the last ten minutes: have it read now, or type what it shows: {what_en}"


class ClosingTooLowError(ProductError):
    """A closing register below what the meter said before."""

    status = 422
    code = "closing_too_low"
    zh = "低于最近抄到的示数 {known} kWh，请再看一遍旧表的显示。"
    en = "This is below the {known} kWh it said last; please look at the old display again."


class CommandsOpenError(ProductError):
    """A meter is read in another way while something was asked of it that has no outcome yet."""

    status = 409
    code = "commands_open"
    zh = "这只表还有 {n} 条充值、开关或参数指令没有结果。请等它们完成；待判定的充值请管理员先判定，再改。"
    en = "{n} top-ups or orders of this meter have no outcome yet. Wait, or have an operator decide them first."


class WalletUnlikeError(ProductError):
    """A model that holds credit by another rule, while there is credit."""

    status = 422
    code = "wallet_unlike"
    zh = "新表型的余额存放方式或计费单位不同，而这只表已开户或表内还有余额。请先销户并退清余额，或选同类表型。"
    en = "That model holds credit otherwise, and this meter has an account or credit: close that, or choose one alike."


class NothingRestatedError(ProductError):
    """What was entered is what is known."""

    status = 422
    code = "nothing_restated"
    zh = "表型和倍率与现在登记的相同，没有要更正的。"
    en = "Model and ratios are as they stand already: there is nothing to correct."
