/** The network in component tests: what no test has answered fails. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

export const REGISTRY = "http://registry.test";
export const S3_PROXY = "http://s3.test";

/** What pages ask for besides what a test is about; a test's own answers come first. */
const quiet = [
  http.get(`${REGISTRY}/api/me`, () => HttpResponse.json({ current_user: "amy", is_staff: false })),
  http.get(`${REGISTRY}/api/v1/bookmarks`, () => HttpResponse.json({ items: [] })),
  http.get(`${S3_PROXY}/:host/`, ({ request }) =>
    new URL(request.url).searchParams.get("prefix") === ".quilt/catalog/"
      ? HttpResponse.xml("<ListBucketResult></ListBucketResult>")
      : undefined,
  ),
];

export const server = setupServer(...quiet);
