import { expect, test } from "vitest";
import { restoreCommand } from "./archived";

test("the command to restore survives a shell", () => {
  expect(restoreCommand({ bucket: "lab", key: "amy's wine/a b.csv", versionId: "null" })).toBe(
    "aws s3api restore-object --bucket lab --key 'amy'\\''s wine/a b.csv' --restore-request Days=7",
  );
});
