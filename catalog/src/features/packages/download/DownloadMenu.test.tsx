import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DownloadPlace } from "@/s3/downloads";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { DownloadMenu } from "./DownloadMenu";

const HASH = "a".repeat(64);
const REVISION = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions/${HASH}`;
const PLACE: DownloadPlace = { bucket: "lab", name: "amy/wine", topHash: HASH, path: "" };
const TOTALS = { entries: 3, bytes: 5_000 };

let bodies: Record<string, unknown>[] = [];
let clicked: string[] = [];

beforeEach(() => {
  bodies = [];
  clicked = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    clicked.push(this.href);
  });
  server.use(
    http.post(`${REVISION}/archives`, async ({ request }) => {
      bodies.push((await request.json()) as Record<string, unknown>);
      return HttpResponse.json({
        url: `${S3_PROXY}/-/archive/x`,
        ticket_url: `${S3_PROXY}/-/archive/lab/amy/wine/${HASH}.zip?selection=s&ticket=t`,
        top_hash: HASH,
        entries: 3,
        content_bytes: 5_000,
        tar_bytes: 10_240,
        zip_bytes: 5_500,
        expires_at: null,
        selection: null,
      });
    }),
    http.post(`${REGISTRY}/api/v1/tickets`, async ({ request }) => {
      const { items } = (await request.json()) as {
        items: { path: string; query: Record<string, string> }[];
      };
      return HttpResponse.json({
        items: items.map(({ path, query }) => ({
          url: `${S3_PROXY}${path}?${new URLSearchParams({ ...query, ticket: "t" }).toString()}`,
        })),
      });
    }),
    http.head(`${S3_PROXY}/-/archive/*`, () => new HttpResponse(null)),
  );
});
afterEach(() => vi.restoreAllMocks());

async function open(place: Partial<DownloadPlace> = {}, name = "Download") {
  const { user } = renderSignedIn(
    <DownloadMenu place={{ ...PLACE, ...place }} reference="latest" totals={TOTALS} />,
  );
  await user.click(await screen.findByRole("button", { name }));
  return user;
}

test("the menu says how much there is before anything is downloaded", async () => {
  await open();
  expect(await screen.findByText("3 files, 5.00 kB")).toBeTruthy();
  expect(await screen.findByRole("menuitem", { name: "ZIP archive 5.50 kB" })).toBeTruthy();
  expect(screen.getByRole("menuitem", { name: "tar archive, can be resumed 10.2 kB" })).toBeTruthy();
  expect(bodies).toEqual([{ format: "tar" }]);
});

test("an archive of a folder is downloaded by an address with a ticket", async () => {
  const user = await open({ path: "data/it's" });
  await user.click(await screen.findByRole("menuitem", { name: /ZIP archive about 5.00 kB/ }));
  await waitFor(() => expect(clicked).toHaveLength(1));
  expect(clicked[0]).toBe(`${S3_PROXY}/-/archive/lab/amy/wine/${HASH}.zip?path=data%2Fit%27s&ticket=t`);
  expect(bodies).toEqual([]);
});

test("what is chosen is downloaded as a selection", async () => {
  const user = await open({ paths: ["a.csv", "data"] }, "Download 2 chosen");
  await user.click(await screen.findByRole("menuitem", { name: /ZIP archive/ }));
  await waitFor(() => expect(clicked).toHaveLength(1));
  expect(clicked[0]).toContain("selection=s");
  expect(bodies.at(-1)).toEqual({ format: "zip", paths: ["a.csv", "data"] });
});

test("an archive that is refused is not downloaded, and the reason is said", async () => {
  const refused = { status: 409, detail: "a.csv is not in S3" };
  server.use(
    http.head(`${S3_PROXY}/-/archive/*`, () => new HttpResponse(null, { status: 409 })),
    http.get(`${S3_PROXY}/-/archive/*`, () => HttpResponse.json(refused, { status: 409 })),
  );
  const user = await open();
  await user.click(await screen.findByRole("menuitem", { name: /tar archive/ }));
  expect((await screen.findByRole("alert")).textContent).toBe("a.csv is not in S3");
  expect(clicked).toEqual([]);
});

test("a folder without files offers no download", async () => {
  const { user } = renderSignedIn(
    <DownloadMenu place={{ ...PLACE, path: "empty" }} reference="latest" totals={{ entries: 0, bytes: 0 }} />,
  );
  await user.click(await screen.findByRole("button", { name: "Download" }));
  expect(await screen.findByText("0 files, 0 B")).toBeTruthy();
  expect(screen.queryByRole("menuitem")).toBeNull();
});

test("links are made in the format and for the time that was chosen", async () => {
  let asked: unknown;
  server.use(
    http.post(`${REVISION}/links`, async ({ request }) => {
      asked = await request.json();
      return new HttpResponse("http://s3.test/-/file/a\n  out=a\n", {
        headers: { "Content-Disposition": 'attachment; filename="wine-aaaaaaaa.aria2.txt"' },
      });
    }),
  );
  const user = await open({ path: "data" });
  await user.click(await screen.findByRole("menuitem", { name: "Links to the files…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Links to the files" }));
  await user.selectOptions(dialog.getByLabelText("Format"), "aria2");
  await user.selectOptions(dialog.getByLabelText("Valid for"), "900");
  await user.click(dialog.getByRole("button", { name: "Make links" }));
  expect((await dialog.findByLabelText("Links")).textContent).toContain("out=a");
  expect(asked).toEqual({ format: "aria2", revocable: true, seconds: 900, path: "data" });
  expect(dialog.getByText(/--input-file wine-aaaaaaaa.aria2.txt/)).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "Save as a file" }));
  expect(clicked).toHaveLength(1);
  await user.selectOptions(dialog.getByLabelText("Kind"), "store");
  expect(dialog.getByText(/cannot be withdrawn/)).toBeTruthy();
  expect(dialog.queryByLabelText("Links")).toBeNull();
});

test("too many files for links say what to do instead", async () => {
  const detail = "One request makes links to at most 10,000 files. Download an archive";
  server.use(
    http.post(`${REVISION}/links`, () => HttpResponse.json({ status: 422, detail }, { status: 422 })),
  );
  const user = await open();
  await user.click(await screen.findByRole("menuitem", { name: "Links to the files…" }));
  await user.click(await screen.findByRole("button", { name: "Make links" }));
  expect((await screen.findByRole("alert")).textContent).toBe(detail);
});

test("commands have a fresh address, and say for how long it holds", async () => {
  const user = await open();
  await user.click(await screen.findByRole("menuitem", { name: "Commands and code…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Commands and code" }));
  const url = `${S3_PROXY}/-/archive/lab/amy/wine/${HASH}.tar?ticket=t`;
  expect((await dialog.findByLabelText("Download and unpack here")).textContent).toContain(`'${url}'`);
  expect(dialog.getByLabelText("curl").textContent).toContain("--output wine-aaaaaaaa.tar");
  expect(dialog.getByText(/for an hour, or until your session ends/)).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "quilt3" }));
  expect(dialog.getByLabelText("Shell").textContent).toContain("quilt3 install amy/wine");
  await user.click(dialog.getByRole("button", { name: "S3 tools" }));
  expect(dialog.getByText(/This installation has no package gateway/)).toBeTruthy();
});
