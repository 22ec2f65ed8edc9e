import { expect, test } from "vitest";
import { device } from "./agents";

test.each([
  ["quilt-python/8.0.0 (Linux 6.1) CPython/3.12.1", "quilt3 8.0.0 on Linux"],
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Chrome 130 on Linux",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
    "Edge 130 on Windows",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Safari 17 on iOS",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Firefox 131 on macOS",
  ],
  ["python-httpx/0.28.1", "python-httpx"],
  ["", "Unknown program"],
  ["(odd", "Unknown program"],
])("%s", (agent, said) => {
  expect(device(agent)).toBe(said);
});
