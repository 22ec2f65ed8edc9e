/** Queries as the registry answers with them. */
import { http, HttpResponse } from "msw";
import type { ResultRows, SqlQuery } from "@/api/sqlQueries";
import { REGISTRY, server } from "./server";

export const HASH = "ab".repeat(32);

export function queryOf(changes: Partial<SqlQuery> = {}): SqlQuery {
  return {
    id: "q1",
    kind: "sql",
    state: "done",
    name: null,
    saved_query_id: null,
    sql: "SELECT region, litres\nFROM package('lab/amy/wine@latest', 'data/*.csv')",
    parameters: {},
    limit: null,
    format: "parquet",
    created_by: "amy",
    created_at: new Date().toISOString(),
    started_at: new Date().toISOString(),
    ended_at: new Date().toISOString(),
    sources: [
      {
        call: "package('lab/amy/wine@latest', 'data/*.csv')",
        revisions: [{ bucket: "lab", package: "amy/wine", top_hash: HASH }],
        total_revisions: 1,
        files: 2,
        bytes: 5_000,
      },
    ],
    columns: [
      { name: "region", type: "string", source_type: "VARCHAR" },
      { name: "litres", type: "integer", source_type: "BIGINT" },
    ],
    first_rows: [
      ["Ahr", 1_200],
      ["Mosel", 800],
    ],
    rows: 2,
    is_cut: false,
    cancelling: false,
    read_bytes: 5_000,
    read_files: 2,
    seconds_left: null,
    seconds: 1.25,
    progress: null,
    difference: null,
    problem: null,
    result: { url: "/api/v1/queries/q1/result?ticket=t", bytes: 900, expires_at: new Date().toISOString() },
    ...changes,
  };
}

/** `states`: what each question about the query finds; the last one stays. */
export function answerQuery(...states: SqlQuery[]): void {
  let asked = 0;
  server.use(
    http.get(`${REGISTRY}/api/v1/queries/${states[0]?.id ?? ""}`, () =>
      HttpResponse.json(states[Math.min(asked++, states.length - 1)]),
    ),
  );
}

/** The parameters of all requests for rows. */
export function answerRows(
  id: string,
  answer: (query: URLSearchParams) => Pick<ResultRows, "columns" | "rows" | "total">,
): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/queries/${id}/rows`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      return HttpResponse.json(answer(query));
    }),
  );
  return asked;
}

export function answerMe(): void {
  server.use(
    http.get(`${REGISTRY}/api/me`, () =>
      HttpResponse.json({ current_user: "amy", email: "amy@example.org", is_staff: false }),
    ),
  );
}
