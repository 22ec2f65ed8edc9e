import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { S3_PROXY, server } from "@/testing/server";
import { bucketPlace } from "./place";
import { Preview } from "./Preview";

const KEY = "data/wine.csv";
const FILE = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/${KEY}`;

const open = () =>
  renderSignedIn(
    <Preview target={{ bucket: "lab", key: KEY }} name={KEY} size={99} place={bucketPlace("lab", KEY)} />,
  );
const title = async () => (await screen.findByRole("heading")).textContent;

test("there is no connection where nothing answers", async () => {
  server.use(
    http.get(FILE, () => HttpResponse.error()),
    http.head(`${S3_PROXY}/`, () => HttpResponse.error()),
  );
  open();
  expect(await title()).toBe("No connection");
});

test("an answer that the page may not read is not a missing connection", async () => {
  server.use(
    http.get(FILE, () => HttpResponse.error()),
    http.head(`${S3_PROXY}/`, () => new HttpResponse(null, { status: 403 })),
  );
  open();
  expect(await title()).toBe("The server had a problem");
  expect(screen.getByText("The file store answered, but not in a way that this page can read.")).toBeTruthy();
});

test("content that cannot be unpacked is not taken for a missing connection", async () => {
  server.use(
    http.get(FILE, () => {
      const broken = new ReadableStream({ pull: stream => stream.error(new TypeError("Decoding failed")) });
      return new HttpResponse(broken, { status: 206, headers: { "Content-Range": "bytes 0-98/99" } });
    }),
  );
  open();
  expect(await title()).toBe("That cannot be done");
  expect(screen.getByText(/stored with a Content-Encoding that it does not have/)).toBeTruthy();
});
