import { expect, test } from "vitest";
import { packageOf, placeAt } from "./place";

/** The caret stands where the statement has a bar. */
function at(statement: string) {
  const caret = statement.indexOf("|");
  return placeAt(statement.replace("|", ""), caret);
}

test("in a text of a call the argument is offered, also while its quote is open", () => {
  expect(at("SELECT * FROM package('lab/am|")).toMatchObject({ kind: "argument", index: 0, typed: "lab/am" });
  expect(at("SELECT * FROM package('lab/amy/wine@x', 'data/|')")).toMatchObject({
    kind: "argument",
    index: 1,
    typed: "data/",
  });
  expect(at("SELECT * FROM entries('|')")).toMatchObject({ kind: "argument", index: 0, typed: "" });
});

test("in other texts, comments and numbers nothing is offered", () => {
  expect(at("SELECT 'lab/|'")).toEqual({ kind: "nothing" });
  expect(at("SELECT 1 -- pack|\n")).toEqual({ kind: "nothing" });
  expect(at("SELECT 12|3")).toEqual({ kind: "nothing" });
});

test("elsewhere words are offered, and after FROM tables", () => {
  expect(at("SELECT lit|")).toMatchObject({ kind: "code", typed: "lit", isTable: false });
  expect(at("SELECT * FROM pa|")).toMatchObject({ kind: "code", typed: "pa", isTable: true });
  expect(at("SELECT * FROM |")).toMatchObject({ kind: "code", typed: "", isTable: true });
});

test("a package's address has a bucket, a name and perhaps a revision", () => {
  expect(packageOf("lab/amy/wine")).toEqual({ bucket: "lab", name: "amy/wine", reference: "latest" });
  expect(packageOf("lab/amy/wine@abc")?.reference).toBe("abc");
  expect(packageOf("lab/amy")).toBeNull();
});
