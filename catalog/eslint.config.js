import { readdirSync } from "node:fs";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import js from "@eslint/js";
import imports from "eslint-plugin-import-x";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import ts from "typescript-eslint";

/** What each folder of src/ may import besides itself. */
const LAYERS = {
  lib: [],
  api: ["lib"],
  ui: ["lib"],
  s3: ["lib", "api"],
  preview: ["lib", "api", "ui", "s3"],
  features: ["lib", "api", "ui", "s3", "preview"],
};

/** What a feature may import of other features: a part that is theirs, but is needed on its pages. */
const SHARED = {
  // Keys and sessions look alike to their owners and to administrators.
  admin: ["account"],
  // The overview shows the newest packages, or how to push the first one.
  buckets: ["packages"],
  // Pushes upload files, and are followed as jobs.
  packages: ["files", "jobs"],
};
const FEATURES = Object.fromEntries(
  readdirSync(new URL("src/features/", import.meta.url)).map(name => [name, SHARED[name] ?? []]),
);

const zones = (folder, allowed, always) =>
  Object.entries(allowed).map(([name, others]) => ({
    target: `./src/${folder}${name}`,
    from: `./src/${folder}`,
    except: [name, ...others, ...always].map(each => `./${each}`),
  }));

const borders = always => ({
  basePath: import.meta.dirname,
  zones: [...zones("", LAYERS, always), ...zones("features/", FEATURES, [])],
});

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/types.ts"] },
  js.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    extends: [...ts.configs.strictTypeChecked, ...ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and booleans read well in templates.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Event handlers may be async: their failures are shown by the query library.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "import-x": imports },
    settings: {
      "import-x/resolver-next": [createTypeScriptImportResolver()],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
    },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-duplicates": "error",
      "import-x/no-restricted-paths": ["error", borders([])],
    },
  },
  {
    files: ["src/**/*.test.{ts,tsx}"],
    rules: { "import-x/no-restricted-paths": ["error", borders(["testing"])] },
  },
  {
    files: ["src/**/*.tsx"],
    extends: [a11y.flatConfigs.strict],
    plugins: { "react-hooks": hooks },
    rules: { ...hooks.configs.recommended.rules },
  },
  { files: ["dev/**", "scripts/**", "eslint.config.js"], languageOptions: { globals: globals.node } },
  { files: ["public/**"], languageOptions: { globals: globals.browser } },
);
