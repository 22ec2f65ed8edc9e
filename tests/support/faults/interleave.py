"""An action of somebody else at a chosen moment: just before the first call of one method of a store."""

from collections.abc import Awaitable, Callable
from typing import Any


class Interleaved:
    """Anything with async methods. `act` runs once, before the first call of `method`, and may itself call the method."""

    def __init__(self, inner: Any, method: str, act: Callable[[], Awaitable[object]]) -> None:
        self._inner = inner
        self._method = method
        self._act = act
        self.has_acted = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            if not self.has_acted:
                self.has_acted = True
                await self._act()
            return await found(*arguments, **named)

        return call
