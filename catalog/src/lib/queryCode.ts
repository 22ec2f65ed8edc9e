/** Code that runs a statement on this instance and has its rows where people work. */
import { shell } from "./install";
import { writeJson } from "./json";

export interface QueryToRun {
  registry: string;
  sql: string;
  parameters: Readonly<Record<string, string | number | boolean | null>>;
}

export interface QuerySnippet {
  id: string;
  tool: string;
  /** What it needs. */
  about: string;
  code: (query: QueryToRun) => string;
}

/** Variable of the environment with an access token or an API key. */
export const TOKEN = "TOKEN";

/** Several lines stay several lines, where Python allows it. */
function pythonText(text: string): string {
  return text.includes('"""') || text.includes("\\") || text.endsWith('"')
    ? JSON.stringify(text)
    : `"""\n${text}\n"""`;
}

function pythonValue(value: string | number | boolean | null): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const pythonDictionary = (values: QueryToRun["parameters"]) =>
  `{${Object.entries(values)
    .map(([name, value]) => `${JSON.stringify(name)}: ${pythonValue(value)}`)
    .join(", ")}}`;

function python(
  { registry, sql, parameters }: QueryToRun,
  imports: readonly string[],
  end: readonly string[],
) {
  return [
    ...["import os", "import time", "", "import httpx", ...imports],
    "",
    `SQL = ${pythonText(sql)}`,
    "registry = httpx.Client(",
    `    base_url=${JSON.stringify(registry)},`,
    `    headers={"Authorization": "Bearer " + os.environ["${TOKEN}"]},`,
    "    timeout=60,",
    ")",
    `body = {"sql": SQL, "parameters": ${pythonDictionary(parameters)}}`,
    'query = registry.post("/api/v1/queries", json=body).raise_for_status().json()',
    'while query["state"] in ("queued", "running"):',
    "    time.sleep(1)",
    `    query = registry.get(f"/api/v1/queries/{query['id']}").raise_for_status().json()`,
    'if query["state"] != "done":',
    '    raise SystemExit((query["problem"] or {}).get("detail", query["state"]))',
    `address = f"/api/v1/queries/{query['id']}/result"`,
    ...end,
  ].join("\n");
}

const ARROW = [
  'answer = registry.get(address, params={"format": "arrow"}).raise_for_status()',
  "rows = pyarrow.ipc.open_stream(answer.content).read_all()",
];

/** `r"---(…)---"` ends at nothing that a statement holds, or a text with escapes. */
const rText = (text: string) => (text.includes(')---"') ? JSON.stringify(text) : `r"---(${text})---"`);

function rValue(value: string | number | boolean | null): string {
  if (value === null) return "NA";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const rName = (name: string) => `\`${name}\``;

function r({ registry, sql, parameters }: QueryToRun): string {
  const given = Object.entries(parameters).map(([name, value]) => `${rName(name)} = ${rValue(value)}`);
  const body =
    given.length > 0 ? `list(sql = sql, parameters = list(${given.join(", ")}))` : "list(sql = sql)";
  return [
    "library(httr2)",
    "library(arrow)",
    "",
    `sql <- ${rText(sql)}`,
    `registry <- request(${JSON.stringify(registry)}) |>`,
    `  req_auth_bearer_token(Sys.getenv("${TOKEN}"))`,
    'query <- registry |> req_url_path("/api/v1/queries") |>',
    `  req_body_json(${body}) |> req_perform() |> resp_body_json()`,
    'path <- paste0("/api/v1/queries/", query$id)',
    'while (query$state %in% c("queued", "running")) {',
    "  Sys.sleep(1)",
    "  query <- registry |> req_url_path(path) |> req_perform() |> resp_body_json()",
    "}",
    'if (query$state != "done") stop(query$problem$detail)',
    'registry |> req_url_path(paste0(path, "/result")) |> req_url_query(format = "parquet") |>',
    '  req_perform(path = "result.parquet")',
    'rows <- read_parquet("result.parquet")',
  ].join("\n");
}

function curl({ registry, sql, parameters }: QueryToRun): string {
  const url = `${registry}/api/v1/queries`;
  const body = writeJson({ sql, parameters: { ...parameters } });
  return [
    `auth="Authorization: Bearer $${TOKEN}"`,
    `id=$(curl -fsS -H "$auth" -H 'Content-Type: application/json' ${shell(url)} \\`,
    `  -d ${shell(body)} | jq -r .id)`,
    `until curl -fsS -H "$auth" ${shell(url)}/$id | jq -e '.ended_at' >/dev/null; do sleep 1; done`,
    `curl -fsS -H "$auth" -o result.csv ${shell(`${url}/`)}"$id/result?format=csv"`,
  ].join("\n");
}

export const QUERY_SNIPPETS: readonly QuerySnippet[] = [
  {
    id: "pandas",
    tool: "Python: pandas",
    about: "pip install httpx pandas pyarrow",
    code: query =>
      python(query, ["import pyarrow.ipc"], [...ARROW, "frame = rows.to_pandas()", "print(frame.head())"]),
  },
  {
    id: "duckdb",
    tool: "Python: DuckDB",
    about: "pip install httpx duckdb pyarrow",
    code: query =>
      python(
        query,
        ["import duckdb", "import pyarrow.ipc"],
        [...ARROW, 'duckdb.sql("SELECT * FROM rows LIMIT 10").show()'],
      ),
  },
  {
    id: "ibis",
    tool: "Python: ibis",
    about: "pip install httpx 'ibis-framework[duckdb]' pyarrow",
    code: query =>
      python(
        query,
        ["import ibis", "import pyarrow.ipc"],
        [...ARROW, "table = ibis.memtable(rows)", "print(table.count().execute())"],
      ),
  },
  { id: "r", tool: "R", about: 'install.packages(c("httr2", "arrow"))', code: r },
  { id: "curl", tool: "curl", about: "curl and jq", code: curl },
];
