import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { FilesPage } from "./FilesPage";

const LISTINGS: Record<string, string> = {
  "web/":
    "<CommonPrefixes><Prefix>web/../</Prefix></CommonPrefixes><CommonPrefixes><Prefix>web/./</Prefix></CommonPrefixes>",
  "web/../": object("web/../x.txt"),
  "web/./": object("web/./y.txt"),
};

function object(key: string): string {
  return `<Contents><Key>${key}</Key><Size>5</Size><LastModified>2026-11-29T10:00:00Z</LastModified></Contents>`;
}

function open(at: string) {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/`, ({ request }) => {
      const prefix = new URL(request.url).searchParams.get("prefix") ?? "";
      return HttpResponse.xml(`<ListBucketResult>${LISTINGS[prefix] ?? ""}</ListBucketResult>`);
    }),
  );
  return renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/tree/*" element={<FilesPage />} />
    </Routes>,
    at,
  );
}

test.each([
  ["../", "/b/lab/tree/web/~../", "x.txt"],
  ["./", "/b/lab/tree/web/~./", "y.txt"],
])("a folder named %s is a folder like others", async (name, address, file) => {
  const page = open("/b/lab/tree/web/");
  const link = await screen.findByRole<HTMLAnchorElement>("link", { name });
  expect(new URL(link.getAttribute("href") ?? "", "http://catalog").pathname).toBe(address);
  await page.user.click(link);
  expect(await screen.findByRole("link", { name: file })).toBeTruthy();
  await waitFor(() => expect(page.address()).toBe(address));
  expect(screen.getByText(name.slice(0, -1), { selector: "[aria-current=page]" })).toBeTruthy();
});

test("a file in such a folder says why it cannot be read here", async () => {
  open("/b/lab/tree/web/~../x.txt");
  expect(await screen.findByText(/Browsers cannot ask for keys with “\.” or “\.\.”/)).toBeTruthy();
});
