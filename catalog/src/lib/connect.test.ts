import { expect, test } from "vitest";
import { isLoopback, requestOf } from "./connect";

test("a request is the query as it came, and nothing that was not there", () => {
  const params = new URLSearchParams(
    "client_id=a&redirect_uri=http://127.0.0.1:1/&state=&resource=x&resource=y",
  );
  expect(requestOf(params)).toEqual({
    client_id: "a",
    redirect_uri: "http://127.0.0.1:1/",
    response_type: "",
    code_challenge: "",
    code_challenge_method: "",
    state: "",
    resource: ["x", "y"],
  });
});

test.each([
  ["127.0.0.1:8765", true],
  ["localhost", true],
  ["[::1]:9", true],
  ["localhost.evil.example", false],
  ["127.0.0.1.evil.example", false],
])("%s", (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});
