import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Entry, Revision } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { GoToFile } from "./GoToFile";

const HASH = "a".repeat(64);
const ENTRIES = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions/${HASH}/entries`;
const TREE: Record<string, string[]> = {
  "": ["README.md", "data/", "docs/"],
  data: ["data/harvest.csv", "data/deep/"],
  "data/deep": ["data/deep/harvest-old.csv"],
  docs: ["docs/notes.md"],
};

const entry = (path: string) =>
  path.endsWith("/")
    ? ({ type: "directory", path: path.slice(0, -1) } as Entry)
    : ({ type: "file", path } as Entry);

/** The listing, an entry a page; `broken`: the folder that cannot be listed. */
function serve(
  tree: Record<string, string[]>,
  broken: { folder: string | null } = { folder: null },
): string[] {
  const listed: string[] = [];
  server.use(
    http.get(ENTRIES, ({ request }) => {
      const query = new URL(request.url).searchParams;
      const folder = query.get("path") ?? "";
      const at = Number(query.get("cursor") ?? 0);
      const paths = tree[folder];
      listed.push(folder);
      if (folder === broken.folder) return HttpResponse.json({ detail: "No answer" }, { status: 500 });
      if (!paths) return HttpResponse.json({ detail: "None" }, { status: 404 });
      return HttpResponse.json({
        items: paths.slice(at, at + 1).map(entry),
        next: at + 1 < paths.length ? String(at + 1) : null,
      });
    }),
  );
  return listed;
}

const revision = (total: number) => ({ top_hash: HASH, state: "ready", total_entries: total }) as Revision;

const show = (total = 4, maxListings?: number) =>
  renderSignedIn(
    <>
      <input aria-label="Something else" />
      <GoToFile
        bucket="lab"
        name="amy/wine"
        reference="latest"
        revision={revision(total)}
        {...(maxListings ? { maxListings } : {})}
      />
    </>,
  );

const options = () => screen.queryAllByRole("option").map(option => option.textContent);
const field = () => screen.findByRole("combobox", { name: "Go to file" });

test("t opens the palette, and Enter goes to the chosen file", async () => {
  serve(TREE);
  const { user, address } = show();
  await user.keyboard("t");
  expect(document.activeElement).toBe(await field());
  await user.type(await field(), "harvest");
  await waitFor(() => expect(options()).toEqual(["data/harvest.csv", "data/deep/harvest-old.csv"]));
  const status = within(screen.getByRole("dialog", { name: "Go to file" })).getByRole("status");
  await waitFor(() => expect(status.textContent).toBe("2 files found"));
  await user.keyboard("{ArrowDown}");
  const chosen = screen.getByRole("option", { selected: true });
  expect(chosen.textContent).toBe("data/deep/harvest-old.csv");
  expect((await field()).getAttribute("aria-activedescendant")).toBe(chosen.id);
  await user.keyboard("{Enter}");
  expect(address()).toBe("/b/lab/packages/amy/wine/tree/latest/data/deep/harvest-old.csv");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("Escape closes it and gives the focus back", async () => {
  serve(TREE);
  const { user } = show();
  const button = screen.getByRole("button", { name: "Go to file" });
  await user.click(button);
  await user.type(await field(), "x{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement).toBe(button);
});

test("a t that is typed is a letter", async () => {
  const { user } = show();
  await user.type(screen.getByLabelText("Something else"), "t");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("arrows go round, and a press chooses, too", async () => {
  serve(TREE);
  const { user, address } = show();
  await user.keyboard("t");
  await waitFor(() => expect(options()).toHaveLength(4));
  await user.keyboard("{ArrowUp}");
  expect(screen.getByRole("option", { selected: true })).toBe(screen.getAllByRole("option").at(-1));
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("option", { selected: true })).toBe(screen.getAllByRole("option")[0]);
  await user.click(screen.getByRole("option", { name: "README.md" }));
  expect(address()).toBe("/b/lab/packages/amy/wine/tree/latest/README.md");
});

test("a file that is nowhere is said to be", async () => {
  serve(TREE);
  const { user } = show();
  await user.keyboard("t");
  await user.type(await field(), "zzz");
  expect(await screen.findByText("No file found")).toBeTruthy();
  expect(options()).toEqual([]);
});

test("a listing that fails is said, and tried again", async () => {
  const broken = { folder: "data" as string | null };
  serve(TREE, broken);
  const { user } = show();
  await user.keyboard("t");
  expect((await screen.findByRole("alert")).textContent).toBe("No answer");
  broken.folder = null;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(options()).toHaveLength(4));
});

test("a package of many folders is walked for a while, and in a typed folder first", async () => {
  const listed = serve({ "": ["a/", "b/", "c/", "d/"], a: ["a/1"], b: ["b/1"], c: ["c/1"], d: ["d/1"] });
  const { user } = show(4, 6);
  await user.keyboard("t");
  expect(await screen.findByRole("button", { name: "Look further" })).toBeTruthy();
  expect(listed).toHaveLength(6);
  expect(listed).not.toContain("d");
  await user.type(await field(), "d/");
  await waitFor(() => expect(options()).toEqual(["d/1"]));
  expect(listed).not.toContain("c");
  await user.clear(await field());
  await user.click(await screen.findByRole("button", { name: "Look further" }));
  await waitFor(() => expect(options()).toHaveLength(4));
});
