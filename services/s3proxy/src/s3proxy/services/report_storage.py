"""Storage in memory for reports, whose origin has none of the browser's: a script that their pages load first."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from s3proxy.services.archives.streams import ContentStream

SCRIPT_KEY = ".patchwork/report-storage.js"
"""Path of the script below the address of a session."""
HEAD_BYTES = 1 << 10
"""Beginning of a page in which its doctype must end."""
_BEFORE_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<\?[^>]*>)*(?:<!doctype[^>]*>)?", re.IGNORECASE | re.DOTALL
)
_UNFINISHED = re.compile(rb"<[!?]")

SCRIPT = r"""
// An origin of its own has no storage, and may not change the address of its page. Reports that count on both get storage
// in memory, which lasts as long as their frame, and are loaded again where they ask for another query.
(() => {
  "use strict";
  const MARK = "patchwork-report-storage ";
  let before = {};
  if (window.name.startsWith(MARK)) {
    try {
      before = JSON.parse(window.name.slice(MARK.length));
    } catch {
      // Then there is nothing to go on with.
    }
    window.name = "";
  }
  const stores = {};
  for (const kind of ["localStorage", "sessionStorage"]) {
    try {
      if (window[kind]) continue;
    } catch {
      // Refused, as is expected here.
    }
    const values = new Map(Object.entries(before[kind] ?? {}));
    stores[kind] = values;
    const methods = {
      clear: () => values.clear(),
      getItem: name => values.get(String(name)) ?? null,
      key: index => [...values.keys()][index] ?? null,
      removeItem: name => void values.delete(String(name)),
      setItem: (name, value) => void values.set(String(name), String(value)),
    };
    const storage = new Proxy(
      {},
      {
        deleteProperty: (_, name) => values.delete(name) || true,
        get: (_, name) => (name === "length" ? values.size : (methods[name] ?? values.get(name))),
        getOwnPropertyDescriptor: (_, name) =>
          values.has(name)
            ? { value: values.get(name), configurable: true, enumerable: true, writable: true }
            : undefined,
        has: (_, name) => name === "length" || name in methods || values.has(name),
        ownKeys: () => [...values.keys()],
        set: (_, name, value) => {
          values.set(String(name), String(value));
          return true;
        },
      },
    );
    Object.defineProperty(window, kind, { value: storage, configurable: true });
  }
  for (const method of ["pushState", "replaceState"]) {
    const change = History.prototype[method];
    History.prototype[method] = function (state, title, url) {
      try {
        change.call(this, state, title, url);
      } catch (error) {
        const to = new URL(url, document.baseURI);
        if (to.origin !== new URL(location.href).origin || to.pathname !== location.pathname) throw error;
        change.call(this, state, title);
        // Only whoever clicks in the report may make it load again.
        if (to.search !== location.search && navigator.userActivation?.isActive) {
          window.name = MARK;
          setTimeout(() => {
            window.name =
              MARK +
              JSON.stringify(
                Object.fromEntries(Object.entries(stores).map(([kind, values]) => [kind, Object.fromEntries(values)])),
              );
            location.replace(to.href);
          });
        }
      }
    };
  }
})();
""".lstrip().encode()


def place_of_script(head: bytes) -> int | None:
    """Bytes of a page that come before its first script: what keeps browsers from guessing how to show it.

    None where they cannot be known from the beginning `head`, or where its text is UTF-16.
    """
    found = _BEFORE_HEAD.match(head)
    if found is None or b"\0" in head or _UNFINISHED.match(head, found.end()):
        return None
    return found.end()


class ReportStream:
    """A page of a report with a script tag in it."""

    def __init__(self, stream: ContentStream, root: str) -> None:
        """`root`: the address of the session."""
        self._stream = stream
        self._chunks = stream.chunks()
        self._head = b""
        self._place: int | None = None
        self._script = f'<script src="{root}{SCRIPT_KEY}"></script>'.encode()
        self.label = stream.label
        self.traffic = stream.traffic

    async def begin(self) -> int:
        """Read the beginning, and return how many bytes are added. Raises what `ContentStream.begin` does."""
        await self._stream.begin()
        try:
            async for chunk in self._chunks:
                self._head += chunk
                if len(self._head) >= HEAD_BYTES:
                    break
        except BaseException:
            await self.close()
            raise
        self._place = place_of_script(self._head[:HEAD_BYTES])
        return 0 if self._place is None else len(self._script)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        head, self._head = self._head, b""
        if self._place is not None:
            head = head[: self._place] + self._script + head[self._place :]
        yield head
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                yield chunk

    async def watch(self) -> None:
        await self._stream.watch()

    async def close(self) -> None:
        await self._chunks.aclose()
        await self._stream.close()
