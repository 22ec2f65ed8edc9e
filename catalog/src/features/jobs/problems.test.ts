import { describe, expect, it } from "vitest";
import type { Job, Problem } from "@/api/models";
import { adviceOn, canResume, faultsOf, stageOf } from "./problems";

const problem = (slug: string, status: number, errors: Problem["errors"] = []): Problem => ({
  type: `/problems/${slug}`,
  title: "",
  status,
  detail: "Because",
  message: "Because",
  errors,
});
const job = (state: Job["state"], of: Problem | null = null): Job => ({
  id: "1",
  kind: "patch",
  state,
  bucket: "b",
  name: "a/b",
  progress: null,
  result: null,
  problem: of,
  cancelling: false,
  created_by: "amy",
  created_at: "",
  started_at: null,
  finished_at: null,
});

describe("a push that failed", () => {
  it("is resumed where that can help", () => {
    expect(canResume(job("cancelled"))).toBe(true);
    expect(canResume(job("failed", problem("unavailable", 503)))).toBe(true);
    expect(canResume(job("failed", problem("entry_refused", 409)))).toBe(true);
    expect(canResume(job("failed", problem("revision_stale", 409)))).toBe(false);
    expect(canResume(job("running"))).toBe(false);
  });
  it("comes with advice", () => {
    expect(adviceOn(problem("revision_stale", 409))).toContain("Compare");
    expect(adviceOn(problem("else", 502))).toContain("Resume");
    expect(adviceOn(problem("else", 400))).toBeNull();
  });
  it("says where it is wrong", () => {
    const found = faultsOf(problem("x", 400, [{ path: "/name", message: "no" }, { loc: [] }]));
    expect(found).toEqual([{ path: "/name", message: "no" }]);
  });
});

it("stages have names", () => {
  expect(stageOf(job("queued"))).toBe("Waiting for its turn");
  expect(stageOf({ ...job("running"), progress: { stage: "copying", done: 0, total: 1, unit: "x" } })).toBe(
    "Copying objects",
  );
});
