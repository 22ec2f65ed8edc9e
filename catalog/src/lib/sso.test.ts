import { expect, test } from "vitest";
import { claimsOf, ssoProblem } from "./sso";

test("what came back is said in words, also what nobody knows", () => {
  expect(ssoProblem("domain_refused")).toContain("domain");
  expect(ssoProblem("<script>")).toBe("Signing in failed. Try again.");
});

test("claims are a JSON object and nothing else", () => {
  expect(claimsOf('{"groups": ["lab"]}')).toEqual({ claims: { groups: ["lab"] } });
  expect(claimsOf("{groups}")).toMatchObject({ problem: expect.stringContaining("not JSON") as string });
  for (const text of ["[]", "null", '"a"', "3"]) expect(claimsOf(text)).toHaveProperty("problem");
});
