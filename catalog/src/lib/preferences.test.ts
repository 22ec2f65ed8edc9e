import { expect, test } from "vitest";
import { DEFAULT_PREFERENCES, preferenceKeys, readPreferences } from "./preferences";

test("what is not said is as without a file", () => {
  expect(readPreferences(undefined)).toEqual({ preferences: DEFAULT_PREFERENCES, problems: [] });
  expect(readPreferences({ ui: { nav: null } }).preferences).toEqual(DEFAULT_PREFERENCES);
});

test("one answer may stand for all actions or galleries", () => {
  const { preferences, problems } = readPreferences({ ui: { actions: false, blocks: { gallery: false } } });
  expect(Object.values(preferences.actions)).not.toContain(true);
  expect(Object.values(preferences.gallery)).not.toContain(true);
  expect(problems).toEqual([]);
});

test("single switches and source buckets have their effect", () => {
  const { preferences, problems } = readPreferences({
    version: "1",
    ui: {
      nav: { workflows: false },
      actions: { writeFile: false, openInDesktop: true },
      blocks: { meta: { user_meta: { expanded: true } }, code: false },
      sourceBuckets: { "s3://raw": {}, lab: {} },
      defaultSourceBucket: "s3://lab",
      athena: { defaultWorkgroup: "primary" },
    },
  });
  expect(problems).toEqual([]);
  expect(preferences).toMatchObject({
    nav: { files: true, workflows: false },
    actions: { writeFile: false, createPackage: true },
    blocks: { meta: true, code: false },
    sourceBuckets: ["raw", "lab"],
    defaultSourceBucket: "lab",
  });
});

test("what has no effect is named", () => {
  expect(readPreferences({ ui: { nav: { file: true, files: "no" }, tabs: {} }, other: 1 }).problems).toEqual([
    "other is not known.",
    "ui.tabs is not known.",
    "ui.nav.file is not known.",
    "ui.nav.files must be True or False.",
  ]);
  expect(readPreferences(["a"]).problems).toEqual(["The file must be a mapping."]);
});

test("every key that can be switched is explained once", () => {
  const paths = preferenceKeys().map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const action of Object.keys(DEFAULT_PREFERENCES.actions))
    expect(paths).toContain(`ui.actions.${action}`);
});
