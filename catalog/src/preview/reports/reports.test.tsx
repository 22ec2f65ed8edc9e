import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { answersAt, renderPreview, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { bucketPlace } from "../place";
import { Preview } from "../Preview";
import { foreignHosts } from "./hosts";

const HASH = "a".repeat(64);
const SESSIONS = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions/${HASH}/browsing-sessions`;

function renderReport(html: string) {
  answersAt("preview", () => textAnswer(html, "xml"));
  return renderSignedIn(
    <Preview
      source={{ bucket: "lab", package: "amy/wine", revision: HASH, path: "report/all #1.html" }}
      target={{ bucket: "lab", key: "objects/1" }}
      name="report/all #1.html"
      size={100}
      place={bucketPlace("lab", "report/all #1.html")}
    />,
  );
}

test("a page of a package is shown in a sandbox, below the address of a session that ends with it", async () => {
  const ended: string[] = [];
  server.use(
    http.post(SESSIONS, () =>
      HttpResponse.json(
        { id: "secret", url: "http://s3.test/-/browse/secret/", top_hash: HASH, expires_at: "" },
        { status: 201 },
      ),
    ),
    http.delete(`${REGISTRY}/api/v1/browsing-sessions/:id`, ({ params }) => {
      ended.push(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const page = renderReport("<!doctype html><p>Wine");
  const frame = await screen.findByTitle("Report all #1.html");
  expect(frame.getAttribute("src")).toBe("http://s3.test/-/browse/secret/report/all%20%231.html");
  expect(frame.getAttribute("sandbox")).toBe("allow-scripts allow-forms");
  expect(screen.queryByText(/loads parts of itself/)).toBeNull();
  await page.user.click(screen.getByRole("button", { name: "Text" }));
  expect((await screen.findByRole("region", { name: "Text of all #1.html" })).textContent).toContain(
    "<p>Wine",
  );
  await waitFor(() => expect(ended).toEqual(["secret"]));
});

test("hosts from which a report would load itself are named", async () => {
  server.use(
    http.post(SESSIONS, () =>
      HttpResponse.json({ status: 404, detail: "There is no such revision." }, { status: 404 }),
    ),
  );
  renderReport('<script src="https://cdn.plot.ly/plotly.js"></script>');
  expect(await screen.findByText(/loads parts of itself from cdn\.plot\.ly/)).toBeTruthy();
  expect(await screen.findByText("There is no such revision.")).toBeTruthy();
});

test("a page of a bucket is text, since it has no package around it", async () => {
  renderPreview(textAnswer("<p>Wine", "xml"), { name: "index.html" });
  expect(await screen.findByRole("region", { name: "Text of index.html" })).toBeTruthy();
  expect(screen.queryByTitle("Report index.html")).toBeNull();
});

test.each([
  ['<script src="//cdn.test/a.js">', ["cdn.test"]],
  [
    "<script async src=https://one.test/a.js></script><link rel=stylesheet href='https://two.test/a.css'>",
    ["one.test", "two.test"],
  ],
  ['<link rel="preconnect" href="https://fonts.test"><a href="https://other.test">x</a>', []],
  ['<script src="assets/a.js"></script><link rel="stylesheet" href="a.css">', []],
  ['<script>var a = "https://no.test"</script>', []],
])("%s loads from %j", (html, hosts) => {
  expect(foreignHosts(html)).toEqual(hosts);
});
