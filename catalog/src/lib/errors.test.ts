import { expect, test } from "vitest";
import { isPassing, RequestError, retryAfter, troubleOf } from "./errors";

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");
  expect(retryAfter("7", now)).toBe(7);
  expect(retryAfter("Fri, 20 Nov 2026 12:00:30 GMT", now)).toBe(30);
  expect(retryAfter("Fri, 20 Nov 2026 11:00:00 GMT", now)).toBe(0);
  expect(retryAfter("soon", now)).toBeNull();
  expect(retryAfter(null)).toBeNull();
});

test.each([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "missing"],
  [409, "conflict"],
  [413, "too-large"],
  [422, "refused"],
  [429, "too-many"],
  [503, "broken"],
])("%i is %s", (status, trouble) => {
  expect(troubleOf(status)).toBe(trouble);
});

test("only what may pass is asked again", () => {
  const of = (status: number) => new RequestError({ status, trouble: troubleOf(status), message: "" });
  expect([of(503), of(404), new Error("bug")].map(isPassing)).toEqual([true, false, false]);
});
