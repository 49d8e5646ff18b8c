"""How alike two company names are, when somebody typed one of them from memory."""

import re

COMMON = re.compile(
    r"有限责任公司|股份有限公司|有限公司|分公司|公司|科技|技术|集团|工作室|个体工商户|[\s()（）·,，.。]"
)
ALIKE = 0.5


def likeness(one: str, other: str) -> float:
    """Return 1 for the same name and 0 for nothing in common, leaving out what every company is called."""
    left, right = _pairs(one), _pairs(other)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _pairs(name: str) -> set[str]:
    bare = COMMON.sub("", name).lower() or name.lower()
    return {bare[at : at + 2] for at in range(len(bare) - 1)} or {bare}
