import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { answerOf, renderPreview, textAnswer } from "@/testing/preview";
import { branchesOf } from "./branches";

const ARCHIVE = answerOf({
  kind: "archive",
  format: "zip",
  members: [
    { path: "data/", size: null, type: "folder" },
    { path: "data/wine.py", size: 1_200, modified: "2026-11-29T10:00:00Z", type: "file" },
    { path: "inner.zip", size: 99, type: "file" },
  ],
  total: 3,
});

test("a member of an archive opens like a file, and leads back", async () => {
  const page = renderPreview(
    query => {
      const member = query.get("member");
      if (member === "inner.zip!/deep.txt") return textAnswer("deep\n");
      if (member === "inner.zip")
        return { ...ARCHIVE, members: [{ path: "deep.txt", size: 5, type: "file" }], total: 1 };
      return member === null ? ARCHIVE : textAnswer("year = 2026\n", "python");
    },
    { name: "all.zip" },
  );
  const table = await screen.findByRole("table", { name: "Contents of all.zip" });
  expect(within(table).queryByRole("button", { name: "data/" })).toBeNull();
  await page.user.click(await screen.findByRole("button", { name: "data/wine.py" }));
  expect((await screen.findByRole("region", { name: "Text of wine.py" })).textContent).toBe("year = 2026\n");
  expect(screen.queryByRole("button", { name: "Bytes" })).toBeNull();
  expect(page.address()).toBe("/?member=data%2Fwine.py");
  await page.user.click(screen.getByRole("button", { name: "Contents of all.zip" }));
  await page.user.click(await screen.findByRole("button", { name: "inner.zip" }));
  await page.user.click(await screen.findByRole("button", { name: "deep.txt" }));
  expect((await screen.findByRole("region", { name: "Text of deep.txt" })).textContent).toBe("deep\n");
});

test("groups, arrays and attributes of a file are a tree", async () => {
  const page = renderPreview(
    answerOf({
      kind: "tree",
      format: "hdf5",
      nodes: [
        { path: "/", kind: "group", attributes: { title: "Wine" } },
        { path: "/obs", kind: "group" },
        {
          path: "/obs/index",
          kind: "array",
          type: "int64",
          shape: [100, 3],
          attributes: { unit: "bottles" },
        },
        { path: "/year", kind: "value", type: "int32", value: 2026 },
      ],
      details: { Superblock: 2 },
    }),
    { name: "wine.h5" },
  );
  const tree = await screen.findByRole("group", { name: "Tree of wine.h5" });
  expect(within(tree).getByText("Wine")).toBeTruthy();
  expect(within(tree).getByText("2026")).toBeTruthy();
  expect(within(tree).queryByText("bottles")).toBeNull();
  await page.user.click(within(tree).getByRole("button", { name: /index int64 100 × 3 1 attribute/ }));
  expect(within(tree).getByText("bottles")).toBeTruthy();
});

test("groups that no node names are there because of what is in them", () => {
  const [branch] = branchesOf([{ path: "a/b/c", kind: "array" }]);
  expect(branch?.name).toBe("a");
  expect(branch?.children[0]?.children[0]?.node?.kind).toBe("array");
});

test("a manifest leads to its files and to the package", async () => {
  const topHash = "a".repeat(64);
  renderPreview(
    answerOf({
      kind: "package",
      message: "First harvest",
      metadata: { region: "Ahr" },
      entries: [{ logical_key: "a b.csv", physical_keys: ["s3://lab/wine/a%20b.csv?versionId=v"], size: 5 }],
    }),
    { name: `.quilt/packages/${topHash}` },
  );
  expect(await screen.findByText("First harvest")).toBeTruthy();
  expect(screen.getByRole("group", { name: "Package metadata" }).textContent).toContain("Ahr");
  expect((await screen.findByRole("link", { name: "a b.csv" })).getAttribute("href")).toBe(
    "/b/lab/tree/wine/a%20b.csv",
  );
  expect(screen.getByRole("link", { name: /Find the package/ }).getAttribute("href")).toBe(
    `/search?q=hash%3A${topHash}&buckets=lab`,
  );
});
