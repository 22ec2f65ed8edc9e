import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Parts of pages that bring a library with them: only pages that have them load it. */
const WITH_LIBRARIES =
  /\/ui\/(Confirm|DropAnywhere|FormDialog|LeaveDialog|ListPanel|menuLibrary|Modal|NewPassword|Palette|PickerPopover|Popover|QrCode|Table)\.tsx?$/;

/** Few files instead of hundreds: a first visit waits for each of them. */
const CHUNKS = [
  { name: "shell", tags: ["$initial" as const], priority: 2 },
  { name: "icons", test: /lucide-react/, minShareCount: 5, priority: 1 },
  {
    name: "parts",
    test: (id: string) => /\/src\/(api|lib|s3|ui)\//.test(id) && !WITH_LIBRARIES.test(id),
    minShareCount: 4,
  },
];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // No inlined assets and no polyfill: the page's policy allows neither inline scripts nor data: fonts.
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    // In kB, before compression; scripts/size.mjs has the budgets.
    chunkSizeWarningLimit: 1_000,
    modulePreload: { polyfill: false },
    // All styles have 21 kB, and each file costs a request.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } },
  },
  test: {
    // Tests clean up after themselves, and a fresh environment for each file costs more than the tests. The time is a guard.
    isolate: false,
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "code", environment: "node", include: ["src/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "components",
          environment: "happy-dom",
          // Frames stay empty.
          environmentOptions: { happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: true } } },
          include: ["src/**/*.test.tsx"],
          setupFiles: ["src/testing/setup.ts"],
        },
      },
    ],
  },
});
