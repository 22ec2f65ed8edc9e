/** What the linter does not see of how the sources are arranged. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { OUR_COLOURS } from "./ui/brand";

const root = new URL("./", import.meta.url);
const all = readdirSync(root, { recursive: true, encoding: "utf8" }).map(path => path.replaceAll("\\", "/"));
const read = (pattern: RegExp) =>
  all
    .filter(path => pattern.test(path))
    .map(path => [path, readFileSync(new URL(path, root), "utf8")] as const);
const sources = read(/(?<!\.test|\.d)\.tsx?$/);
const styles = read(/\.module\.css$/);

/** What each folder of src/ may import besides itself. */
const LAYERS: Record<string, string[]> = {
  language: [],
  lib: ["language"],
  api: ["language", "lib"],
  ui: ["language", "lib"],
  s3: ["language", "lib", "api"],
  preview: ["language", "lib", "api", "ui", "s3"],
  features: ["language", "lib", "api", "ui", "s3", "preview"],
};

/** What a feature may import of other features: a part that is theirs, but is needed on its pages. */
const SHARED: Record<string, string[]> = {
  // Keys and sessions look alike to their owners and to administrators.
  admin: ["account"],
  // The first page shows packages as labels, and begins searches.
  home: ["packages", "search"],
  // Both are texts of a bucket that are edited like others.
  preferences: ["files"],
  workflows: ["files"],
  // The insight of a package stands below its label.
  insight: ["packages"],
  // The overview shows the newest packages, or how to push the first one.
  buckets: ["packages"],
  // Pushes upload files, and are followed as jobs; rows are compared by queries.
  packages: ["files", "jobs", "queries"],
};

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

test("addresses of bytes are given back by the module that makes them", () => {
  const made = sources.filter(([, text]) => text.includes("createObjectURL")).map(([path]) => path);
  const givenBack = sources.filter(([, text]) => text.includes("revokeObjectURL")).map(([path]) => path);
  expect(made).not.toEqual([]);
  expect(made.toSorted()).toEqual(givenBack.toSorted());
});

test("the rules of a component's style sheet hold for its own classes", () => {
  const selectors = styles.flatMap(([path, css]) =>
    [...css.matchAll(/^ *([^@\s].*)[,{]$/gm)].map(([, selector = ""]) => [path, selector.trim()] as const),
  );
  const others = selectors.filter(([, selector]) => !/\.[a-z]|^(from|to|[\d.]+%)/i.test(selector));
  expect(selectors.length).toBeGreaterThan(500);
  expect(others.map(([path, selector]) => `${path}: ${selector}`)).toEqual([]);
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

/** Fields have 16 pixels where phones would zoom into smaller ones. */
const TYPE_SCALE = ["28px", "20px", "15px", "13.5px", "12px", "16px"];

test("the colours of our look are those of the style sheet", () => {
  const [[, tokens] = ["", ""]] = read(/^styles\/tokens\.css$/);
  expect(tokens).toContain(`--accent-light: ${OUR_COLOURS.accent};`);
  expect(tokens).toContain(`--accent-dark: ${OUR_COLOURS.accent_dark};`);
});

test("texts have the sizes of the scale", () => {
  const others = read(/\.css$/).flatMap(([path, css]) =>
    [...css.matchAll(/font-size: ([\d.]+px)/g)]
      .filter(([, size = ""]) => !TYPE_SCALE.includes(size))
      .map(([, size]) => `${path}: ${size}`),
  );
  expect(others).toEqual([]);
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

/** Paths below src/ that a source imports, as a declaration, an expression or a mock. */
function importsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\bmock\()\s*"(@\/|\.\.?\/)([^"]+)"/g);
  return [...specifiers].map(([, start = "", rest = ""]) =>
    start === "@/" ? rest : posix.join(posix.dirname(path), start, rest),
  );
}

test("folders and features import only what their place allows", () => {
  const imports = read(/(?<!\.d)\.tsx?$/).flatMap(([path, text]) =>
    importsOf(path, text).map(imported => ({ path, imported })),
  );
  const refused = imports.filter(({ path, imported }) => {
    const [layer = "", feature = ""] = path.split("/");
    const [otherLayer = "", otherFeature = ""] = imported.split("/");
    const layers = LAYERS[layer];
    if (!layers) return false; // what puts the application together, and tests of it
    if (otherLayer === layer) {
      const isOwn =
        layer !== "features" || otherFeature === feature || SHARED[feature]?.includes(otherFeature);
      return !isOwn;
    }
    return !layers.includes(otherLayer) && !(path.includes(".test.") && otherLayer === "testing");
  });
  expect(imports.length).toBeGreaterThan(500);
  expect(refused.map(({ path, imported }) => `${path} imports ${imported}`)).toEqual([]);
});
