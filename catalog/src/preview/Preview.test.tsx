import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { answerOf, problem, renderPreview, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { bucketPlace } from "./place";
import { Preview } from "./Preview";

const FILE = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/data/wine.csv`;
const title = async () => (await screen.findByRole("heading")).textContent;

test("there is no connection where nothing answers", async () => {
  server.use(http.head(`${S3_PROXY}/`, () => HttpResponse.error()));
  renderPreview(() => HttpResponse.error());
  expect(await title()).toBe("No connection");
});

test("an answer that the page may not read is not a missing connection", async () => {
  server.use(http.head(`${S3_PROXY}/`, () => new HttpResponse(null, { status: 403 })));
  renderPreview(() => HttpResponse.error());
  expect(await title()).toBe("The server had a problem");
  expect(screen.getByText("The file store answered, but not in a way that this page can read.")).toBeTruthy();
});

test.each([
  [422, "unreadable", "The file cannot be read", "Show its bytes"],
  [422, "no_such_reader", "No preview", "Show its bytes"],
  [409, "archived", "The file is archived", "Try again"],
  [404, "object_not_found", "The file is gone", "Try again"],
  [409, "object_changed", "The file has changed", "Try again"],
  [503, "unavailable", "Too many files are being read", "Try again"],
])("a refusal %i %s is explained, with what can be done", async (status, code, heading, action) => {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
  );
  renderPreview(() => problem(status, code, "The reason of the server."));
  expect(await title()).toBe(heading);
  expect(within(screen.getByRole("alert")).getByText("The reason of the server.")).toBeTruthy();
  expect(screen.getByRole("button", { name: action })).toBeTruthy();
});

test("the bytes of a file that no reader reads can be looked at", async () => {
  server.use(
    http.get(FILE, () =>
      HttpResponse.arrayBuffer(new Uint8Array([0x50, 0x41, 0, 0xff]).buffer, {
        status: 206,
        headers: { "Content-Range": "bytes 0-3/4" },
      }),
    ),
  );
  const page = renderPreview(() => problem(422, "unreadable", "It is cut off."));
  await page.user.click(await screen.findByRole("button", { name: "Show its bytes" }));
  const bytes = await screen.findByRole("region", { name: "Bytes of wine.csv" });
  expect(bytes.textContent).toContain("50 41 00 ff");
  expect(bytes.textContent).toContain("PA..");
  expect(page.address()).toBe("/?as=hex");
});

test("what was read is said, with what was assumed", async () => {
  renderPreview({
    ...textAnswer("caf\u00e9\n"),
    reader: "text/2",
    size: 4_000_000,
    read_bytes: 524_288,
    complete: false,
    compression: "gzip",
    notes: ["Read as windows-1252, which was guessed."],
  });
  expect(await screen.findByText("Read as windows-1252, which was guessed.")).toBeTruthy();
  expect(
    screen.getByText(/Shown in part · 524 kB of 4.00 MB read · unpacked from gzip · reader text 2/),
  ).toBeTruthy();
});

test("a document is also text, and the address keeps the choice", async () => {
  const page = renderPreview(textAnswer("# Wine\n\nIt is *ripe*.\n", "markdown"), { name: "README.md" });
  expect(await screen.findByRole("heading", { name: "Wine" })).toBeTruthy();
  await page.user.click(screen.getByRole("button", { name: "Text" }));
  expect((await screen.findByRole("region", { name: "Text of README.md" })).textContent).toContain("# Wine");
  expect(page.address()).toBe("/?as=text");
});

test("an empty file is not asked about", () => {
  renderPreview(() => problem(500, "broken", "Nobody should ask."), { size: 0 });
  expect(screen.getByRole("heading", { name: "The file is empty" })).toBeTruthy();
});

test("content that cannot be unpacked is not taken for a missing connection", async () => {
  server.use(
    http.get(FILE, () => {
      const broken = new ReadableStream({ pull: stream => stream.error(new TypeError("Decoding failed")) });
      return new HttpResponse(broken, { status: 206, headers: { "Content-Range": "bytes 0-98/99" } });
    }),
  );
  renderPreview(answerOf({ kind: "bytes", hexadecimal: "00ff" }));
  expect(await title()).toBe("That cannot be done");
  expect(screen.getByText(/stored with a Content-Encoding that it does not have/)).toBeTruthy();
});

test("what is shared with people without the bucket is shown by its own bytes", async () => {
  const shared = "http://shared.test/file";
  server.use(
    http.get(shared, () =>
      HttpResponse.text("# Sencha\n", { status: 206, headers: { "Content-Range": "bytes 0-8/9" } }),
    ),
  );
  renderSignedIn(
    <Preview
      source={{ bucket: "lab", package: "amy/tea", revision: "a".repeat(64), path: "README.md" }}
      target={{ bucket: "lab", key: "objs/1", through: () => Promise.resolve(shared) }}
      name="README.md"
      size={9}
      place={bucketPlace("lab", "README.md")}
    />,
  );
  expect(await screen.findByRole("heading", { name: "Sencha" })).toBeTruthy();
});
