"""Look-ups of one GraphQL request."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from registry.graphql.limits import MAX_PER_PAGE
from shared.db.coalesce import Coalescer

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loader(Generic[K, V]):
    """Combines the look-ups of many resolvers into few queries, and looks each key up once per request."""

    def __init__(self, fetch: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        """`fetch` returns the values by key, and leaves out keys that have none."""
        # A page of packages is one query, whatever its size: each of its items makes a look-up.
        self._coalescer = Coalescer(fetch, batch_lookups=MAX_PER_PAGE)
        self._lookups: dict[K, asyncio.Task[Mapping[K, V]]] = {}

    async def load(self, key: K) -> V | None:
        return (await self.many([key])).get(key)

    async def many(self, keys: Iterable[K]) -> dict[K, V]:
        """Values by key, in the order of the keys; missing ones are left out."""
        wanted = list(dict.fromkeys(keys))
        new = [key for key in wanted if key not in self._lookups]
        if new:
            self._lookups |= dict.fromkeys(new, asyncio.create_task(self._coalescer.get(new)))
        lookups = [self._lookups[key] for key in wanted]
        await asyncio.gather(*set(lookups))
        values = zip(wanted, lookups, strict=True)
        return {key: lookup.result()[key] for key, lookup in values if key in lookup.result()}

    def forget(self) -> None:
        """Look keys up again, after a change."""
        self._lookups = {}
