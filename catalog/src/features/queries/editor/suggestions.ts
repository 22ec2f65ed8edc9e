/** What the editor offers while somebody writes: words of the language, columns of the files, packages and paths. */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { Entry } from "@/api/models";
import { FOREVER, isFixed, queries } from "@/api/queries";
import { t } from "@/language/en/features/queries/editor";
import { itemsOf } from "@/lib/pages";
import { matchesPattern, sourceCalls, sqlName } from "@/lib/sql";
import type { Column } from "@/preview/answers";
import { readerQueries } from "@/preview/queries";
import type { Services } from "@/s3/context";
import { FILE_COLUMNS, packageOf, placeAt, TABLE_FUNCTIONS, type WritingPlace } from "./place";

export interface Suggestion {
  label: string;
  kind: "column" | "function" | "table" | "path" | "package";
  detail?: string;
  /** What is written, if not the label. */
  text?: string;
}

export interface Suggestions {
  /** Where what is replaced begins. */
  from: number;
  items: Suggestion[];
}

type Argument = Extract<WritingPlace, { kind: "argument" }>;

const MAX_LISTINGS = 12;
const MAX_PACKAGES = 50;
const STALE_MILLISECONDS = 60_000;

export class SqlSuggestions {
  readonly #queryClient: QueryClient;
  readonly #services: Services;

  constructor(queryClient: QueryClient, services: Services) {
    this.#queryClient = queryClient;
    this.#services = services;
  }

  async at(sql: string, caret: number): Promise<Suggestions | null> {
    const place = placeAt(sql, caret);
    if (place.kind === "nothing") return null;
    const { from } = place;
    if (place.kind === "argument") return { from, items: await this.#argument(place) };
    const tables = TABLE_FUNCTIONS.map(({ name, signature, about }): Suggestion => ({
      label: name,
      kind: "table",
      detail: about,
      text: signature.slice(0, signature.indexOf("'") + 1),
    }));
    return { from, items: place.isTable ? tables : [...(await this.#columns(sql)), ...tables] };
  }

  async #columns(sql: string): Promise<Suggestion[]> {
    const calls = sourceCalls(sql).filter(call => call.function === "package");
    const found = await Promise.allSettled(calls.map(call => this.columnsOf(call.arguments)));
    const known = new Map<string, Suggestion>();
    for (const each of found)
      for (const { name, type } of each.status === "fulfilled" ? each.value : [])
        known.set(name, { label: name, kind: "column", detail: type, text: sqlName(name) });
    if (calls.length > 0)
      for (const name of FILE_COLUMNS)
        known.set(name, { label: name, kind: "column", detail: t.file, text: sqlName(name) });
    return [...known.values()];
  }

  /** Columns of the first file that a call of `package` reads. */
  async columnsOf([uri, pattern]: readonly (string | null)[]): Promise<readonly Column[]> {
    const named = packageOf(uri ?? "");
    if (!named || !pattern) return [];
    const { bucket, name, reference } = named;
    return this.#queryClient.query({
      queryKey: keys.sqlColumns(bucket, name, reference, pattern),
      queryFn: async () => {
        const revision = await this.#queryClient.query(
          queries.revision(this.#services, bucket, name, reference),
        );
        const path = await this.#firstPath(bucket, name, revision.top_hash, pattern);
        if (path === null) return [];
        const source = { bucket, package: name, revision: revision.top_hash, path };
        const answer = await this.#queryClient.query(
          readerQueries.preview(this.#services, { source }, { table: null }),
        );
        return answer.kind === "table" ? answer.columns : [];
      },
      staleTime: isFixed(reference) ? FOREVER : STALE_MILLISECONDS,
      retry: false,
    });
  }

  async #firstPath(bucket: string, name: string, hash: string, pattern: string): Promise<string | null> {
    const fixed = pattern.replace(/\[([*?[])\]/g, "$1");
    if (!/[*?[]/.test(pattern) || matchesPattern(fixed, pattern)) return fixed;
    const start = pattern.slice(0, pattern.search(/[*?[]/));
    const folders = [start.slice(0, start.lastIndexOf("/") + 1).replace(/\/$/, "")];
    for (let listings = 0; listings < MAX_LISTINGS && folders.length > 0; listings++) {
      const entries = await this.#entries(bucket, name, hash, folders.shift() ?? "");
      const file = entries.find(({ type, path }) => type === "file" && matchesPattern(path, pattern));
      if (file) return file.path;
      folders.push(...entries.filter(({ type }) => type === "directory").map(({ path }) => path));
    }
    return null;
  }

  async #entries(bucket: string, name: string, reference: string, folder: string): Promise<Entry[]> {
    const found = await this.#queryClient.infiniteQuery({
      ...queries.entries(this.#services, bucket, name, reference, folder),
      staleTime: STALE_MILLISECONDS,
      retry: false,
    });
    return itemsOf(found);
  }

  #argument({ call, index, typed }: Argument): Promise<Suggestion[]> {
    if (index === 0 && call.function === "packages") return this.#buckets("");
    if (index === 0 && call.function === "tabulator") return this.#buckets("");
    if (index === 0) return this.#packages(typed);
    return index === 1 && call.function === "package"
      ? this.#paths(call.arguments[0] ?? "", typed)
      : Promise.resolve([]);
  }

  async #buckets(after: string): Promise<Suggestion[]> {
    const found = await this.#queryClient.infiniteQuery({
      ...queries.buckets(this.#services),
      staleTime: STALE_MILLISECONDS,
    });
    return itemsOf(found).map(({ name, title }) => ({
      label: name + after,
      kind: "package",
      ...(title === name ? {} : { detail: title }),
    }));
  }

  async #packages(typed: string): Promise<Suggestion[]> {
    const [bucket = "", ...rest] = typed.split("/");
    if (rest.length === 0) return this.#buckets("/");
    const contains = rest.join("/").replace(/@.*$/, "");
    const found = await this.#queryClient.infiniteQuery({
      ...queries.packages(this.#services, bucket, contains, MAX_PACKAGES),
      staleTime: STALE_MILLISECONDS,
      retry: false,
    });
    return itemsOf(found).map(({ name }) => ({ label: `${bucket}/${name}@latest`, kind: "package" }));
  }

  async #paths(uri: string, typed: string): Promise<Suggestion[]> {
    const named = packageOf(uri);
    if (!named) return [];
    const folder = typed.slice(0, typed.lastIndexOf("/") + 1).replace(/\/$/, "");
    if (/[*?[]/.test(folder)) return [];
    const entries = await this.#entries(named.bucket, named.name, named.reference, folder);
    return entries.map(({ type, path }) => ({
      label: type === "directory" ? `${path}/` : path,
      kind: "path",
    }));
  }
}
