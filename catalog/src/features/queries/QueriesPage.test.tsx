import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { answerMe, queryOf } from "@/testing/queries";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { QueriesPage } from "./QueriesPage";

let history: ReturnType<typeof queryOf>[];

beforeEach(() => {
  answerMe();
  history = [queryOf(), queryOf({ id: "q2", state: "failed", sql: "SELECT wrong", rows: 0 })];
  server.use(
    http.get(`${REGISTRY}/api/v1/queries`, () => HttpResponse.json({ items: history, next: null })),
    http.delete(`${REGISTRY}/api/v1/queries/q2`, () => {
      history = history.slice(0, 1);
      return new HttpResponse(null, { status: 204 });
    }),
  );
});

const row = async (name: RegExp) => {
  const found = (await screen.findByRole("link", { name })).closest("tr");
  if (!found) throw new Error("The link is in no row");
  return found;
};

test("the history says how each query ended, how many rows it found, and what it cost", async () => {
  renderSignedIn(<QueriesPage />, "/queries");
  const done = await row(/^SELECT region, litres FROM package/);
  expect(done.textContent).toContain("2");
  expect(within(done).getByText("1.25 s · 5.00 kB")).toBeTruthy();
  expect(within(await row(/^SELECT wrong/)).getAllByText("Failed").length).toBeGreaterThan(0);
});

test("a query runs again on the same revisions", async () => {
  server.use(
    http.post(`${REGISTRY}/api/v1/queries/q1/run`, () =>
      HttpResponse.json(queryOf({ id: "q3", state: "queued" }), { status: 202 }),
    ),
  );
  const { user, address } = renderSignedIn(<QueriesPage />, "/queries");
  await user.click(within(await row(/^SELECT region/)).getByRole("button", { name: /^Run again/ }));
  await waitFor(() => expect(address()).toBe("/queries/q3"));
});

test("a deleted query leaves the history", async () => {
  const { user } = renderSignedIn(<QueriesPage />, "/queries");
  await user.click(within(await row(/^SELECT wrong/)).getByRole("button", { name: /^Delete/ }));
  await waitFor(() => expect(screen.queryByRole("link", { name: /^SELECT wrong/ })).toBeNull());
});

test("an empty history says how to begin", async () => {
  history = [];
  renderSignedIn(<QueriesPage />, "/queries");
  expect(await screen.findByText("No queries yet")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Write a query" }).getAttribute("href")).toBe("/queries/new");
});
