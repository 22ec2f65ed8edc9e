/** What the linter does not see of how the sources are arranged. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("./", import.meta.url);
const all = readdirSync(root, { recursive: true, encoding: "utf8" }).map(path => path.replaceAll("\\", "/"));
const read = (pattern: RegExp) =>
  all
    .filter(path => pattern.test(path))
    .map(path => [path, readFileSync(new URL(path, root), "utf8")] as const);
const sources = read(/(?<!\.test|\.d)\.tsx?$/);
const styles = read(/\.module\.css$/);

const withoutEnding = (path: string) => path.replace(/(\.module)?\.\w+$/, "");

test("a style sheet belongs to the component of its name, and to no other", () => {
  const imports = sources.flatMap(([path, text]) =>
    [...text.matchAll(/from "([^"]+)\.module\.css"/g)].map(([, sheet = ""]) => {
      const here = path.slice(0, path.lastIndexOf("/"));
      return [withoutEnding(path), sheet.replace(/^\.(?=\/)/, here)] as const;
    }),
  );
  expect(imports.filter(([component, sheet]) => component !== sheet)).toEqual([]);
  expect(imports.map(([, sheet]) => sheet).toSorted()).toEqual(
    styles.map(([path]) => withoutEnding(path)).toSorted(),
  );
});

test("a style sheet has no class that its component does not use", () => {
  const unused = styles.flatMap(([path, css]) => {
    const component = sources.find(([each]) => each === `${withoutEnding(path)}.tsx`)?.[1] ?? "";
    const own = css.replace(/:global\([^)]*\)/g, "");
    const classes = new Set([...own.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/gi)].map(([, name = ""]) => name));
    // Some components choose a class by a value.
    const isUsed = (name: string) => component.includes(`styles.${name}`) || component.includes("styles[");
    return [...classes].filter(name => !isUsed(name)).map(name => `${path}: ${name}`);
  });
  expect(unused).toEqual([]);
});

test("query keys are written in keys.ts only", () => {
  const literal = /(queryKey: |setQueryData\(|queryKey: \[)\[/;
  expect(sources.filter(([, text]) => literal.test(text)).map(([path]) => path)).toEqual([]);
});

test("every page is exported under its own name", () => {
  const pages = sources.filter(([path]) => /(Page|Layout)\.tsx$/.test(path) && path.startsWith("features/"));
  const nameless = pages.filter(([path, text]) => {
    const name = /(\w+)\.tsx$/.exec(path)?.[1] ?? "";
    return !text.includes(`export function ${name}(`);
  });
  expect(pages.length).toBeGreaterThan(40);
  expect(nameless.map(([path]) => path)).toEqual([]);
});
