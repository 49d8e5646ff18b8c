"""The meters of each line as they were told last, so that they are told again only when they change."""

from collections.abc import Iterable, Iterator

import structlog

from meter_bridge.protocol import LineLease, MeterPlace

log = structlog.get_logger()


class KnownMeters:
    """What a bridge remembers of the lines it holds, as long as it runs."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[str, list[MeterPlace]]] = {}

    def marks(self) -> dict[str, str]:
        """Return under which mark the meters of each line are known."""
        return {line: mark for line, (mark, _) in self._told.items() if mark}

    def complete(self, lines: Iterable[LineLease]) -> list[LineLease]:
        """Remember the meters of these lines and of no other, and give each line that came without them its own.

        A line said to be unchanged that is not known is left out: asked for without a mark it comes in full.
        """
        whole = list(self._completed(lines))
        self._told = {granted.line: (granted.meters_mark, granted.meters) for granted in whole}
        return whole

    def _completed(self, lines: Iterable[LineLease]) -> Iterator[LineLease]:
        for granted in lines:
            if not granted.meters_unchanged:
                yield granted
                continue
            mark, meters = self._told.get(granted.line, ("", []))
            if mark == granted.meters_mark:
                yield granted.model_copy(update={"meters": meters})
            else:
                log.error("meters_not_known", line=granted.line)
