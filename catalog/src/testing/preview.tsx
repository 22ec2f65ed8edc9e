/** Previews of files of which the readers answer what a test wants. */
import { http, HttpResponse } from "msw";
import type { Answer, ReadAnswer, TableAnswer, TextAnswer } from "@/preview/answers";
import { bucketPlace } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import { renderSignedIn } from "./render";
import { REGISTRY, S3_PROXY, server } from "./server";

export const BUCKET = "lab";

type Part<Kind extends Answer["kind"]> = Omit<Extract<Answer, { kind: Kind }>, keyof ReadAnswer> &
  Partial<ReadAnswer>;

/** With what all answers have. */
export function answerOf<Kind extends Answer["kind"]>(
  part: { kind: Kind } & Part<Kind>,
): Extract<Answer, { kind: Kind }> {
  const shared: ReadAnswer = {
    reader: `${part.kind}/1`,
    size: 1_000,
    read_bytes: 1_000,
    complete: true,
    notes: [],
  };
  return { ...shared, ...part } as unknown as Extract<Answer, { kind: Kind }>;
}

export const textAnswer = (text: string, language: string | null = null): TextAnswer =>
  answerOf({ kind: "text", text, language, encoding: "utf-8" });

export const tableAnswer = (part: Partial<TableAnswer>): TableAnswer =>
  answerOf({ kind: "table", format: "csv", columns: [], rows: [], total: null, ...part });

/** The parameters of all requests to an address of the readers, in their order. */
export function answersAt(
  address: "preview" | "rows" | "stats",
  answer: (query: URLSearchParams) => object,
): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(`${S3_PROXY}/-/${address}`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const found = answer(query);
      return found instanceof Response ? found : HttpResponse.json(found);
    }),
  );
  return asked;
}

export const problem = (status: number, code: string, detail: string, headers: Record<string, string> = {}) =>
  HttpResponse.json(
    { type: `https://patchwork.test/problems/${code}`, title: code, status, detail },
    { status, headers },
  );

/** `answer`: to what `/-/preview` is asked. */
export function renderPreview(
  answer: object | ((query: URLSearchParams) => object),
  { name = "data/wine.csv", size = 1_000, at = "/" }: { name?: string; size?: number; at?: string } = {},
) {
  answersAt(
    "preview",
    typeof answer === "function" ? (answer as (query: URLSearchParams) => object) : () => answer,
  );
  return renderSignedIn(
    <Preview
      inAddress
      source={{ bucket: BUCKET, key: name, versionId: "v1" }}
      target={{ bucket: BUCKET, key: name, versionId: "v1" }}
      name={name}
      size={size}
      place={bucketPlace(BUCKET, name)}
    />,
    at,
  );
}

/** Tickets for all addresses; the parameters of those that were asked for. */
export function answerTickets(): Record<string, string>[] {
  const asked: Record<string, string>[] = [];
  server.use(
    http.post(`${REGISTRY}/api/v1/tickets`, async ({ request }) => {
      const { items } = (await request.json()) as {
        items: { path: string; query: Record<string, string> }[];
      };
      asked.push(...items.map(({ query }) => query));
      return HttpResponse.json({
        items: items.map(({ path, query }) => ({
          ticket: "t",
          url: `${S3_PROXY}${path}?${new URLSearchParams({ ...query, ticket: "t" }).toString()}`,
          expires_at: "2026-11-30T10:00:00Z",
        })),
      });
    }),
  );
  return asked;
}
