import { describe, expect, it } from "vitest";
import type { Meta } from "@/lib/metadata";
import { countOf, type Edit, edited, fateOf, faultyStep, newIn, NO_EDITS, stepsOf, wrongKey } from "./edits";

const all = (...edits: Edit[]) => edits.reduce(edited, NO_EDITS);
const added = (...keys: string[]): Edit => ({
  type: "add",
  entries: Object.fromEntries(keys.map(key => [key, { physicalKey: `s3://b/${key}`, size: 1 }])),
});

const removed = (...paths: string[]): Edit => ({ type: "remove", paths });
const moved = (path: string, to: string, isPushed = true): Edit => ({
  type: "move",
  moves: [{ path, to, isPushed }],
});
const noted = (path: string, meta: Meta | null): Edit => ({ type: "note", metas: new Map([[path, meta]]) });

describe("operations", () => {
  it("come in an order in which the revision's paths keep their meaning", () => {
    const steps = stepsOf(
      all(
        added("new.txt"),
        moved("data", "old"),
        moved("data/a.csv", "a.csv"),
        noted("data/b.csv", { x: 1 }),
        removed("data/c.csv"),
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
      all(removed("data/deep/a"), moved("data/b", "b"), noted("database", null), removed("data")),
    );
    expect(steps.map(each => each.operation)).toEqual([
      { op: "remove", path: "data" },
      { op: "annotate", path: "database", metadata: null },
    ]);
  });

  it("are found again when something is wrong with one", () => {
    const steps = stepsOf(all(removed("a"), moved("b", "c")));
    expect(faultyStep(steps, "operations.1.to")?.path).toBe("b");
    expect(faultyStep(steps, "/operations/0")?.path).toBe("a");
    expect(faultyStep(steps, "message")).toBeNull();
    expect(faultyStep(steps, "operations.9")).toBeNull();
  });
});

describe("edits", () => {
  it("replace each other", () => {
    const edits = all(moved("a", "b"), noted("a", {}), removed("a"));
    expect(edits).toEqual({ ...NO_EDITS, removed: ["a"] });
    expect(all(removed("a"), added("a")).removed).toEqual([]);
    expect(all(added("a"), removed("a")).added).toEqual({});
    expect(countOf(all(moved("a", "b"), moved("a", "a")))).toBe(0);
  });
  it("are undone one by one, or all", () => {
    const edits = all(added("x", "y"), removed("a"));
    expect(countOf(edits)).toBe(3);
    expect(Object.keys(edited(edits, { type: "undo", kind: "added", path: "x" }).added)).toEqual(["y"]);
    expect(edited(edits, { type: "undo", kind: "removed", path: "a" }).removed).toEqual([]);
    expect(edited(edits, { type: "clear" })).toEqual(NO_EDITS);
  });
  it("move what is new with its folder, and what is replaced to its new place", () => {
    const edits = all(
      added("data/new.csv", "old.csv"),
      moved("data", "raw"),
      moved("old.csv", "raw/old.csv"),
    );
    expect(Object.keys(edits.added)).toEqual(["raw/new.csv", "raw/old.csv"]);
    expect(edits).toMatchObject({ moved: { data: "raw" }, removed: ["old.csv"] });
    expect(Object.keys(all(added("new"), moved("new", "other", false)).added)).toEqual(["other"]);
  });
  it("keep the metadata of a new file with it", () => {
    const steps = stepsOf(all(noted("a", { x: 1 }), added("a", "b"), noted("b", { y: 2 })));
    expect(steps.map(({ operation }) => operation)).toMatchObject([
      { op: "add", logical_key: "a", meta: { user_meta: { x: 1 } } },
      { op: "add", logical_key: "b", meta: { user_meta: { y: 2 } } },
    ]);
  });
  it("say what becomes of a path", () => {
    const edits = all(added("a"), removed("d"), moved("m", "n"));
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
