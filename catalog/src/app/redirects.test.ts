import { type LoaderFunction, matchRoutes } from "react-router";
import { expect, test } from "vitest";
import { redirects } from "./redirects";

async function destination(address: string): Promise<string | null> {
  const url = new URL(address, "https://catalog.example.com");
  const match = matchRoutes(redirects, url.pathname)?.at(-1);
  if (!match) return null;
  const loader = match.route.loader as LoaderFunction;
  const request = new Request(url);
  const answer = await loader({
    request,
    params: match.params,
    context: {},
  } as Parameters<LoaderFunction>[0]);
  return (answer as Response).headers.get("Location");
}

test.each([
  [
    "/uri/quilt%2Bs3%3A%2F%2Flab%23package%3Damy%2Fwine%40abc%26path%3Da%2520b.csv",
    "/uri?uri=quilt%2Bs3%3A%2F%2Flab%23package%3Damy%2Fwine%40abc%26path%3Da%2520b.csv",
  ],
  ["/redir/quilt%2Bs3%3A%2F%2Flab", "/uri?uri=quilt%2Bs3%3A%2F%2Flab"],
  ["/profile", "/account"],
  ["/b/lab/search?q=red%20wine", "/search?q=red+wine&buckets=lab"],
  [
    "/b/lab/packages/amy/wine/compare/1700000000/latest",
    "/b/lab/packages/amy/wine/compare?head=latest&base=1700000000",
  ],
  ["/b/lab/packages/amy/wine/add", "/b/lab/packages/amy/wine/revise?revision=latest"],
  ["/b/lab/workflows/reviewed", "/b/lab/workflows"],
  ["/b/lab/queries/es", "/queries"],
  ["/b/lab/packages/amy/wine", null],
])("%s leads to %s", async (address, expected) => {
  expect(await destination(address)).toBe(expected);
});
