import asyncio


class MemorySource:
    """Bytes in memory. Reads wait at `gate`, if there is one."""

    def __init__(self, content: bytes = b"", gate: asyncio.Event | None = None) -> None:
        self.content = content
        self.reads: list[tuple[int, int]] = []
        self.running = 0
        self.most_running = 0
        self._gate = gate

    @property
    def size(self) -> int:
        return len(self.content)

    async def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await (self._gate.wait() if self._gate else asyncio.sleep(0))
        finally:
            self.running -= 1
        return self.content[offset : offset + length]
