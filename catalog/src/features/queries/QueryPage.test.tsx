import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answerMe, answerQuery, answerRows, HASH, queryOf } from "@/testing/queries";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { QueryPage } from "./QueryPage";
import { SavedQueryPage } from "./SavedQueryPage";

const SQL = queryOf().sql;

let posted: Record<string, unknown>[];

beforeEach(() => {
  posted = [];
  answerMe();
  // What has been asked for is shown, also where a test is over by that time.
  answerQuery(queryOf());
  server.use(
    http.post(`${REGISTRY}/api/v1/queries`, async ({ request }) => {
      const body = (await request.json()) as { sql: string };
      posted.push(body);
      const query = queryOf({
        sql: body.sql,
        state: "queued",
        columns: null,
        first_rows: [],
        rows: 0,
        result: null,
      });
      return HttpResponse.json(query, { status: 202 });
    }),
  );
});
afterEach(() => vi.restoreAllMocks());

const show = (at: string) =>
  renderSignedIn(
    <Routes>
      <Route path="/queries/saved/:id" element={<SavedQueryPage />} />
      <Route path="/queries/:id" element={<QueryPage />} />
      <Route path="*" element={null} />
    </Routes>,
    at,
  );
const fresh = (sql: string) => `/queries/new?${new URLSearchParams({ sql }).toString()}`;
const run = () => screen.findByRole("button", { name: "Run" });
const cells = async () =>
  within(await screen.findByRole("grid", { name: "Rows of the result" }))
    .getAllByRole("gridcell")
    .map(cell => cell.textContent);

test("a statement of the address runs, shows its first rows while it runs, and says what it read", async () => {
  answerQuery(
    queryOf({
      state: "running",
      first_rows: [["Ahr", 1_200]],
      rows: 1,
      progress: 0.4,
      ended_at: null,
      result: null,
    }),
    queryOf(),
  );
  const { user, address } = show(fresh(SQL));
  await user.click(await run());
  expect(posted).toEqual([{ sql: SQL, parameters: {}, limit: null }]);
  await waitFor(() => expect(address()).toBe("/queries/q1"));
  expect(await screen.findByText("Running")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Cancel" })).toBeTruthy();
  expect(await cells()).toEqual(["Ahr", "1200"]);
  expect(await screen.findByText("Done")).toBeTruthy();
  expect(await cells()).toEqual(["Ahr", "1200", "Mosel", "800"]);
  expect(screen.getByText(/2 rows · 1.25 s · 5.00 kB of 2 files read/)).toBeTruthy();
  const link = screen.getByRole("link", { name: `amy/wine ${HASH.slice(0, 8)}` });
  expect(link.getAttribute("href")).toBe(`/b/lab/packages/amy/wine/tree/${HASH}/`);
});

test("a running query is stopped by Cancel", async () => {
  answerQuery(queryOf({ state: "running", result: null }));
  let cancelled = 0;
  server.use(
    http.post(`${REGISTRY}/api/v1/queries/q1/cancel`, () => {
      cancelled += 1;
      answerQuery(queryOf({ state: "cancelled", result: null }));
      return HttpResponse.json(queryOf({ state: "cancelled", result: null }));
    }),
  );
  const { user } = show("/queries/q1");
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(await screen.findByText("The query was stopped")).toBeTruthy();
  expect(cancelled).toBe(1);
});

test("a mistake is said with its place and what to do", async () => {
  answerQuery(
    queryOf({
      state: "failed",
      columns: null,
      result: null,
      problem: {
        type: "/problems/statement_refused",
        title: "Refused",
        status: 422,
        message: "read_csv is no function of queries.",
        detail: "read_csv is no function of queries.",
        position: { line: 2, column: 6 },
      },
    }),
  );
  show("/queries/q1");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("This statement is not allowed. read_csv is no function of queries.");
  expect(within(alert).getByRole("button", { name: "Line 2, column 6" })).toBeTruthy();
});

test("parameters get fields, and values are sent with the type that was chosen", async () => {
  const { user } = show(fresh("SELECT * FROM t WHERE year = $year AND region = $region"));
  await user.type(await screen.findByRole("textbox", { name: "year" }), "2026");
  await user.selectOptions(screen.getByRole("combobox", { name: "Type of year" }), "number");
  await user.type(screen.getByRole("textbox", { name: "region" }), "Ahr");
  await user.click(await run());
  await waitFor(() => expect(posted).toHaveLength(1));
  expect(posted[0]?.parameters).toEqual({ year: 2026, region: "Ahr" });
});

test("rows are sorted and filtered by the registry", async () => {
  answerQuery(queryOf());
  const asked = answerRows("q1", () => ({
    columns: queryOf().columns ?? [],
    rows: [["Mosel", 800]],
    total: 1,
  }));
  const { user } = show("/queries/q1");
  await user.click(await screen.findByRole("button", { name: "litres" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe('["litres"]'));
  await user.click(screen.getByRole("button", { name: "About the column region" }));
  await user.type(await screen.findByRole("textbox", { name: "Value" }), "Mos");
  await user.click(screen.getByRole("button", { name: "Filter" }));
  await waitFor(() => expect(asked.at(-1)?.get("where")).toBe('[["region","contains","Mos"]]'));
  await waitFor(async () => expect(await cells()).toEqual(["Mosel", "800"]));
  expect(screen.getByText("1 row of 2, 2 columns")).toBeTruthy();
});

test("the whole result is downloaded in the format that is chosen", async () => {
  answerQuery(queryOf());
  const clicked: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    clicked.push(this.href);
  });
  const { user } = show("/queries/q1");
  await user.click(await screen.findByRole("button", { name: "Download" }));
  await user.click(await screen.findByRole("menuitem", { name: "CSV" }));
  expect(clicked).toEqual([`${REGISTRY}/api/v1/queries/q1/result?ticket=t&format=csv`]);
});

test("an empty editor offers statements over what is there", async () => {
  const page = (items: object[]) => HttpResponse.json({ items, next: null });
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets`, () => page([{ name: "lab", title: "Lab" }])),
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages`, () => page([{ name: "amy/wine" }])),
  );
  const { user } = show("/queries/new");
  expect(((await run()) as HTMLButtonElement).disabled).toBe(true);
  await user.click(
    await screen.findByRole("button", { name: /The largest files .*'lab\/amy\/wine@latest'/ }),
  );
  answerQuery(queryOf());
  await user.click(await run());
  await waitFor(() => expect(posted[0]?.sql).toContain("entries('lab/amy/wine@latest')"));
});

test("a query is saved with its parameters, and everybody may run a shared one", async () => {
  const saved: object[] = [];
  server.use(
    http.post(`${REGISTRY}/api/v1/saved-queries`, async ({ request }) => {
      saved.push((await request.json()) as object);
      return HttpResponse.json({ id: "s1" });
    }),
  );
  const { user, address } = show(fresh("SELECT $year"));
  await user.type(await screen.findByRole("textbox", { name: "year" }), "2026");
  await user.click(screen.getByRole("button", { name: "Save" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: "Name" }), "Harvest");
  await user.type(dialog.getByRole("textbox", { name: "year" }), "Of the harvest");
  await user.click(dialog.getByRole("checkbox", { name: /Shared/ }));
  server.use(http.get(`${REGISTRY}/api/v1/saved-queries/s1`, () => HttpResponse.json({}, { status: 404 })));
  await user.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(address()).toBe("/queries/saved/s1"));
  expect(saved).toEqual([
    {
      name: "Harvest",
      description: "",
      sql: "SELECT $year",
      parameters: [{ name: "year", type: "text", default: "2026", description: "Of the harvest" }],
      chart: null,
      shared: true,
    },
  ]);
});

test("a saved query has a form for its parameters, and runs with what is typed there", async () => {
  const bodies: object[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/saved-queries/s1`, () =>
      HttpResponse.json({
        id: "s1",
        name: "Harvest",
        description: "Litres by region",
        sql: "SELECT $year",
        parameters: [{ name: "year", type: "number", default: 2025, description: "Of the harvest" }],
        chart: null,
        shared: true,
        is_own: false,
        owner: "rose",
        created_at: new Date().toISOString(),
        updated_at: new Date().toISOString(),
      }),
    ),
    http.post(`${REGISTRY}/api/v1/saved-queries/s1/run`, async ({ request }) => {
      bodies.push((await request.json()) as object);
      return HttpResponse.json(queryOf({ id: "q2", saved_query_id: "s1" }), { status: 202 });
    }),
  );
  answerQuery(queryOf({ id: "q2", saved_query_id: "s1" }));
  const { user, address } = show("/queries/saved/s1");
  const year = await screen.findByRole("textbox", { name: "year" });
  expect((year as HTMLInputElement).value).toBe("2025");
  await user.clear(year);
  await user.type(year, "2026");
  expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Run" }));
  await waitFor(() => expect(address()).toBe("/queries/q2"));
  expect(bodies).toEqual([{ parameters: { year: 2026 } }]);
  expect(await screen.findByRole("heading", { name: "Harvest" })).toBeTruthy();
});

test("a chart that is shown is saved, also when nobody has changed it", async () => {
  answerQuery(queryOf());
  const saved: { chart: { mark: { type: string } } }[] = [];
  server.use(
    http.post(`${REGISTRY}/api/v1/saved-queries`, async ({ request }) => {
      saved.push((await request.json()) as (typeof saved)[number]);
      return HttpResponse.json({ id: "s1" });
    }),
    http.get(`${REGISTRY}/api/v1/saved-queries/s1`, () => HttpResponse.json({}, { status: 404 })),
  );
  answerRows("q1", () => ({ columns: queryOf().columns ?? [], rows: queryOf().first_rows, total: 2 }));
  const { user } = show("/queries/q1?view=chart");
  await user.click(await screen.findByRole("button", { name: "Save" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: "Name" }), "Harvest");
  await user.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(saved[0]?.chart.mark.type).toBe("bar"));
});
