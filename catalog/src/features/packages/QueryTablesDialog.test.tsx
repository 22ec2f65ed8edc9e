import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Revision } from "@/api/models";
import { HASH } from "@/testing/queries";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { QueryTablesDialog } from "./QueryTablesDialog";

const FOLDERS: Record<string, string[]> = {
  "": ["README.md", "a.csv", "data/"],
  data: ["data/b.csv", "data/c.parquet"],
};

function show(folders = FOLDERS) {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions/${HASH}/entries`, ({ request }) => {
      const found = folders[new URL(request.url).searchParams.get("path") ?? ""] ?? [];
      const items = found.map(path => ({
        type: path.endsWith("/") ? "directory" : "file",
        path: path.replace(/\/$/, ""),
      }));
      return HttpResponse.json({ items, next: null });
    }),
  );
  const revision = { top_hash: HASH, total_entries: 4 } as Revision;
  return renderSignedIn(
    <QueryTablesDialog bucket="lab" name="amy/wine" revision={revision} onClose={() => undefined} />,
  );
}

test("each kind of table in a package leads to a query over all of its files", async () => {
  show();
  const link = await screen.findByRole("link", { name: "2 .csv files" });
  expect(screen.getByRole("link", { name: "1 .parquet file" })).toBeTruthy();
  const [path, query] = link.getAttribute("href")?.split("?") ?? [];
  expect(path).toBe("/queries/new");
  expect(new URLSearchParams(query).get("sql")).toBe(
    `SELECT *\nFROM package('lab/amy/wine@${HASH}', '**/*.csv')\nLIMIT 100`,
  );
});

test("a package without tables says which kinds are read", async () => {
  show({ "": ["README.md"] });
  expect(await screen.findByText(/This revision has no tables that SQL reads/)).toBeTruthy();
});
