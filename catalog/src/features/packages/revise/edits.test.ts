import { describe, expect, it } from "vitest";
import { countOf, type Edit, edited, fateOf, faultyStep, newIn, NO_EDITS, stepsOf, wrongKey } from "./edits";

const all = (...edits: Edit[]) => edits.reduce(edited, NO_EDITS);
const added = (...keys: string[]): Edit => ({
  type: "add",
  entries: Object.fromEntries(keys.map(key => [key, { physicalKey: `s3://b/${key}`, size: 1 }])),
});

describe("operations", () => {
  it("come in an order in which the revision's paths keep their meaning", () => {
    const steps = stepsOf(
      all(
        added("new.txt"),
        { type: "move", path: "data", to: "old" },
        { type: "move", path: "data/a.csv", to: "a.csv" },
        { type: "note", path: "data/b.csv", meta: { x: 1 } },
        { type: "remove", path: "data/c.csv" },
      ),
    );
    expect(steps.map(each => each.operation)).toEqual([
      { op: "remove", path: "data/c.csv" },
      { op: "annotate", path: "data/b.csv", metadata: { x: 1 } },
      { op: "move", path: "data/a.csv", to: "a.csv" },
      { op: "move", path: "data", to: "old" },
      { op: "add", logical_key: "new.txt", physical_key: "s3://b/new.txt", size: 1 },
    ]);
  });

  it("leave alone what is removed with its directory", () => {
    const steps = stepsOf(
      all(
        { type: "remove", path: "data/deep/a" },
        { type: "move", path: "data/b", to: "b" },
        { type: "note", path: "database", meta: null },
        { type: "remove", path: "data" },
      ),
    );
    expect(steps.map(each => each.operation)).toEqual([
      { op: "remove", path: "data" },
      { op: "annotate", path: "database", metadata: null },
    ]);
  });

  it("are found again when something is wrong with one", () => {
    const steps = stepsOf(all({ type: "remove", path: "a" }, { type: "move", path: "b", to: "c" }));
    expect(faultyStep(steps, "operations.1.to")?.path).toBe("b");
    expect(faultyStep(steps, "/operations/0")?.path).toBe("a");
    expect(faultyStep(steps, "message")).toBeNull();
    expect(faultyStep(steps, "operations.9")).toBeNull();
  });
});

describe("edits", () => {
  it("replace each other", () => {
    const edits = all(
      { type: "move", path: "a", to: "b" },
      { type: "note", path: "a", meta: {} },
      { type: "remove", path: "a" },
    );
    expect(edits).toEqual({ ...NO_EDITS, removed: ["a"] });
    expect(all({ type: "remove", path: "a" }, added("a")).removed).toEqual([]);
    expect(all(added("a"), { type: "remove", path: "a" }).added).toEqual({});
    expect(countOf(all({ type: "move", path: "a", to: "b" }, { type: "move", path: "a", to: "a" }))).toBe(0);
  });
  it("are undone one by one, or all", () => {
    const edits = all(added("x", "y"), { type: "remove", path: "a" });
    expect(countOf(edits)).toBe(3);
    expect(Object.keys(edited(edits, { type: "undo", kind: "added", path: "x" }).added)).toEqual(["y"]);
    expect(edited(edits, { type: "undo", kind: "removed", path: "a" }).removed).toEqual([]);
    expect(edited(edits, { type: "clear" })).toEqual(NO_EDITS);
  });
  it("say what becomes of a path", () => {
    const edits = all(added("a"), { type: "remove", path: "d" }, { type: "move", path: "m", to: "n" });
    expect(fateOf(edits, "a").replaced).toBe(true);
    expect(fateOf(edits, "d/x").removed).toBe(true);
    expect(fateOf(edits, "dx").removed).toBe(false);
    expect(fateOf(edits, "m").movedTo).toBe("n");
  });
  it("show what is new in a directory", () => {
    const { files, folders } = newIn(all(added("d/a", "d/e/b", "d/e/c", "x")), "d");
    expect(files).toEqual(["d/a"]);
    expect([...folders]).toEqual([["d/e", 2]]);
  });
});

it("not everything is a logical key", () => {
  expect(["", "/a", "a/", "a/../b"].every(wrongKey)).toBe(true);
  expect(wrongKey("a b/c")).toBeNull();
});
