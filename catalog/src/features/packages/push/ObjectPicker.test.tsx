import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { ObjectPicker } from "./ObjectPicker";

const OBJECTS = { "data/red.csv": 10, "data/deep/white.csv": 20, "readme.md": 5 };

/** ListObjectsV2 over OBJECTS, with and without a delimiter. */
function listing(url: URL) {
  const prefix = url.searchParams.get("prefix") ?? "";
  const delimiter = url.searchParams.get("delimiter");
  const found = Object.entries(OBJECTS).filter(([key]) => key.startsWith(prefix));
  const rest = (key: string) => key.slice(prefix.length);
  const below = delimiter ? found.filter(([key]) => rest(key).includes(delimiter)) : [];
  const folders = new Set(below.map(([key]) => `${prefix}${rest(key).split("/")[0] ?? ""}/`));
  const objects = found.filter(each => !below.includes(each));
  return [
    "<ListBucketResult><IsTruncated>false</IsTruncated>",
    ...[...folders].map(key => `<CommonPrefixes><Prefix>${key}</Prefix></CommonPrefixes>`),
    ...objects.map(
      ([key, size]) =>
        `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`,
    ),
    "</ListBucketResult>",
  ].join("");
}

beforeEach(() => {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${REGISTRY}/api/v1/buckets`, () =>
      HttpResponse.json({ items: [{ name: "lab", title: "The lab" }], next: null }),
    ),
    http.get(`${S3_PROXY}/*`, ({ request }) => HttpResponse.xml(listing(new URL(request.url)))),
  );
});

test("objects and whole folders are picked, by their keys below the folder that is open", async () => {
  const picked = vi.fn();
  const { user } = renderSignedIn(
    <ObjectPicker bucket="lab" under="wines" onPick={picked} onClose={vi.fn()} />,
  );
  await user.click(await screen.findByLabelText("All of data/"));
  await user.click(screen.getByLabelText(/readme\.md/));
  await user.click(screen.getByRole("button", { name: "Add 2 items" }));
  await vi.waitFor(() => expect(picked).toHaveBeenCalledOnce());
  expect(picked.mock.calls[0]?.[0]).toEqual({
    "wines/readme.md": { physicalKey: "s3://lab/readme.md", size: 5 },
    "wines/data/red.csv": { physicalKey: "s3://lab/data/red.csv", size: 10 },
    "wines/data/deep/white.csv": { physicalKey: "s3://lab/data/deep/white.csv", size: 20 },
  });
});

test("a folder is opened, and what was chosen before is left out", async () => {
  const picked = vi.fn();
  const { user } = renderSignedIn(<ObjectPicker bucket="lab" under="" onPick={picked} onClose={vi.fn()} />);
  await user.click(await screen.findByLabelText(/readme\.md/));
  await user.click(screen.getByRole("button", { name: "data/" }));
  await user.click(await screen.findByLabelText(/red\.csv/));
  await user.click(screen.getByRole("button", { name: "Add 1 item" }));
  await vi.waitFor(() => expect(picked).toHaveBeenCalledOnce());
  expect(picked.mock.calls[0]?.[0]).toEqual({
    "red.csv": { physicalKey: "s3://lab/data/red.csv", size: 10 },
  });
});

test("when the objects cannot all be read, the picker says so and stays", async () => {
  const [picked, closed] = [vi.fn(), vi.fn()];
  const { user } = renderSignedIn(
    <ObjectPicker bucket="lab" under="" max={1} onPick={picked} onClose={closed} />,
  );
  await user.click(await screen.findByLabelText("All of data/"));
  await user.click(screen.getByRole("button", { name: "Add 1 item" }));
  expect((await screen.findByRole("alert")).textContent).toContain("1");
  expect([picked.mock.calls, closed.mock.calls]).toEqual([[], []]);
});
