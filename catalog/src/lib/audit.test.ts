import { expect, test } from "vitest";
import { credentialKind, filtersOf, queryOf } from "./audit";

test("filters are read from an address, and what is not there is empty", () => {
  const filters = filtersOf(new URLSearchParams("user=amy&outcome=failed&else=1"));
  expect(filters).toEqual({ action: "", outcome: "failed", user: "amy", target: "", since: "", until: "" });
});

test("local times are asked for exactly", () => {
  const filters = filtersOf(
    new URLSearchParams({ since: "2026-11-20T08:00", until: "soon", action: "Users.*" }),
  );
  const asked = queryOf(filters);
  expect(asked.since).toBe(new Date("2026-11-20T08:00").toISOString());
  expect(asked.until).toBe("");
  expect(asked.action).toBe("Users.");
});

test("what was shown as proof is said in words", () => {
  expect(credentialKind("session:7d8e")).toBe("a session");
  expect(credentialKind("command")).toBe("a command");
  expect(credentialKind("")).toBe("nothing");
});
