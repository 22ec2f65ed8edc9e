import { type Params, redirect, type RouteObject } from "react-router";
import { bucketPath, comparePath, revisePath } from "@/lib/paths";
import { QUERIES_PATH } from "@/lib/sql";

const leads = (path: string, to: (params: Params, url: URL) => string): RouteObject => ({
  path,
  loader: ({ params, request }) => redirect(to(params, new URL(request.url))),
});

const uri = ({ "*": found = "" }: Params) => `/uri?${new URLSearchParams({ uri: found }).toString()}`;

const place = ({ bucket = "", author = "", name = "" }: Params) => ({ bucket, name: `${author}/${name}` });

/** Where addresses of Quilt's own web catalogs, which people have kept, lead here. */
export const redirects: RouteObject[] = [
  leads("uri/*", uri),
  leads("redir/*", uri),
  leads("profile", () => "/account"),
  leads("b/:bucket/search", ({ bucket = "" }, { searchParams }) => {
    return `/search?${new URLSearchParams({ q: searchParams.get("q") ?? "", buckets: bucket }).toString()}`;
  }),
  leads("b/:bucket/queries/*", () => QUERIES_PATH),
  leads("b/:bucket/workflows/:workflow", ({ bucket = "" }) => `${bucketPath(bucket)}/workflows`),
  leads("b/:bucket/packages/:author/:name/compare/:base/:head", params => {
    const { base = "", head = "" } = params;
    const where = place(params);
    return comparePath({ ...where, reference: head }, { ...where, reference: base });
  }),
  leads("b/:bucket/packages/:author/:name/add", params => {
    const { bucket, name } = place(params);
    return revisePath(bucket, name, "latest");
  }),
];
