"""Errors that know their HTTP status, their machine code and what to say to a person in both languages."""

from typing import ClassVar, Literal

Language = Literal["zh", "en"]


class ProductError(Exception):
    """A refusal that a caller is meant to see. Subclasses set status, code and one sentence in each language."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    zh: ClassVar[str] = "请求被拒绝。"
    en: ClassVar[str] = "The request was refused."

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        """Say the sentence in English, for logs."""
        return self.sentence("en")

    def sentence(self, language: Language) -> str:
        """Say what was refused and what to do, in the reader's language."""
        sentence = self.zh if language == "zh" else self.en
        return sentence.format(**self.facts)


class NotFoundError(ProductError):
    """There is no such thing, or it is not the asker's to see: the two are not told apart."""

    status = 404
    code = "not_found"
    zh = "没有找到，或您无权查看。"
    en = "Not found, or not yours to see."


class NotLoggedInError(ProductError):
    """No valid token came with the request."""

    status = 401
    code = "not_logged_in"
    zh = "请先登录。"
    en = "Please log in first."


class ProviderUnreachableError(ProductError):
    """A provider did not answer in time, or answered nonsense: nothing is known."""

    status = 503
    code = "provider_unreachable"
    zh = "暂时连不上支付或微信服务，请稍后再试。"
    en = "The payment or WeChat service cannot be reached just now; please try again."


def language_of(accept_language: str | None) -> Language:
    """Choose the language of an Accept-Language header; Chinese unless English is asked for first."""
    first = (accept_language or "zh").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"
