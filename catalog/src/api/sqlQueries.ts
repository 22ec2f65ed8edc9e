/** Statements of SQL that the registry runs, and those that people have saved. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import type { Json } from "@/lib/json";
import { paged } from "@/lib/pages";
import type { Client, Query } from "./client";
import { type Api, useApi } from "./context";
import { keys } from "./keys";
import type { Page } from "./models";
import type { Side } from "./pushes";
import { FOREVER, packageUrl } from "./queries";
import type { components } from "./types";

type Schemas = components["schemas"];

export type DifferenceTotals = Schemas["RowDifferenceTotals"];
export type ParameterType = SavedParameter["type"];
export type ParameterValue = string | number | boolean | null;
export type QueryState = SqlQuery["state"];
export type ResultColumn = Schemas["ColumnDescription"];
export type ResultFormat = SqlQuery["format"];
export type ResultRows = Omit<Schemas["QueryRows"], "rows"> & { rows: Json[][] };
export type SavedParameter = Schemas["SavedParameter"];
export type SavedQuery = Schemas["SavedQuery"];
export type SavedQueryChange = Schemas["SavedQueryChange"];
export type SqlProblem = Schemas["SqlProblem"];
export type SqlQuerySource = Schemas["SqlQuerySource"];
export type SqlQuery = Omit<Schemas["SqlQuery"], "first_rows" | "parameters"> & {
  first_rows: Json[][];
  parameters: Record<string, ParameterValue>;
};

export interface QueryRun {
  sql: string;
  parameters?: Record<string, ParameterValue>;
  limit?: number | null;
  name?: string | null;
}

/** What a difference of rows is made of. */
export interface RowDifferenceOf {
  head: Side;
  base: Side;
  path: string;
  basePath: string;
  /** Empty: the registry finds them. */
  keyColumns: readonly string[];
}

const QUERIES_URL = "/api/v1/queries";
const SAVED_URL = "/api/v1/saved-queries";
const POLL_MILLISECONDS = 500;

const queryUrl = (id: string) => `${QUERIES_URL}/${encodeURIComponent(id)}`;
const savedUrl = (id: string) => `${SAVED_URL}/${encodeURIComponent(id)}`;

export const isRunning = ({ state }: Pick<SqlQuery, "state">) => state === "queued" || state === "running";

export const sqlQueries = {
  query: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: keys.sqlQuery(id),
      queryFn: ({ signal }) => client.call<SqlQuery>(queryUrl(id), { signal }),
      refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? POLL_MILLISECONDS : false),
    }),

  queries: ({ client }: Api, everyone = false) =>
    infiniteQueryOptions({
      queryKey: keys.sqlQueries({ everyone }),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<SqlQuery>>(QUERIES_URL, {
          signal,
          query: { cursor: pageParam, limit: 50, ...(everyone ? { everyone } : {}) },
        }),
      ...paged,
      refetchInterval: ({ state }) =>
        state.data?.pages.some(page => page.items.some(isRunning)) ? 4 * POLL_MILLISECONDS : false,
    }),

  rows: ({ client }: Api, id: string, question: Query, offset: number, limit: number) => {
    const query = { ...question, offset, limit };
    return queryOptions({
      queryKey: keys.sqlRows(id, query),
      queryFn: ({ signal }) => client.call<ResultRows>(`${queryUrl(id)}/rows`, { signal, query }),
      staleTime: FOREVER,
      structuralSharing: false,
    });
  },

  saved: ({ client }: Api) =>
    infiniteQueryOptions({
      queryKey: keys.savedQueries(),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<SavedQuery>>(SAVED_URL, { signal, query: { cursor: pageParam, limit: 100 } }),
      ...paged,
    }),

  savedQuery: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: keys.savedQuery(id),
      queryFn: ({ signal }) => client.call<SavedQuery>(savedUrl(id), { signal }),
    }),

  /** Begins at once: the answer is the query that compares. */
  rowDifference: ({ client }: Api, { head, base, path, basePath, keyColumns }: RowDifferenceOf) =>
    queryOptions({
      queryKey: keys.rowDifference(head, base, path, basePath, keyColumns),
      queryFn: ({ signal }) =>
        client.call<SqlQuery>(`${packageUrl(head.bucket, head.name)}/row-differences`, {
          method: "POST",
          signal,
          body: {
            path,
            head: head.reference,
            base: base.reference,
            ...(basePath === path ? {} : { base_path: basePath }),
            ...(base.bucket === head.bucket ? {} : { base_bucket: base.bucket }),
            ...(base.bucket === head.bucket && base.name === head.name ? {} : { base_package: base.name }),
            ...(keyColumns.length > 0 ? { keys: keyColumns } : {}),
          },
        }),
      staleTime: FOREVER,
      retry: false,
    }),
};

/** A change of a query; what it answers is known from then on. */
function useQueryChange<In>(change: (client: Client, input: In) => Promise<SqlQuery>) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: In) => change(client, input),
    onSuccess: query => {
      queryClient.setQueryData(keys.sqlQuery(query.id), query);
      return queryClient.invalidateQueries({ queryKey: keys.sqlQueries() });
    },
  });
}

export const useRunQuery = () =>
  useQueryChange((client, body: QueryRun) => client.call<SqlQuery>(QUERIES_URL, { method: "POST", body }));

export const useRunAgain = () =>
  useQueryChange((client, id: string) =>
    client.call<SqlQuery>(`${queryUrl(id)}/run`, { method: "POST", body: {} }),
  );

export const useCancelQuery = () =>
  useQueryChange((client, id: string) => client.call<SqlQuery>(`${queryUrl(id)}/cancel`, { method: "POST" }));

export const useRunSaved = (id: string) =>
  useQueryChange((client, body: Omit<QueryRun, "sql" | "name">) =>
    client.call<SqlQuery>(`${savedUrl(id)}/run`, { method: "POST", body }),
  );

export function useDeleteQuery() {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => client.call(queryUrl(id), { method: "DELETE" }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.sqlQueries() }),
  });
}

const refreshSaved = (queryClient: QueryClient, id: string) =>
  Promise.all([
    queryClient.invalidateQueries({ queryKey: keys.savedQueries() }),
    queryClient.invalidateQueries({ queryKey: keys.savedQuery(id) }),
  ]);

/** A new one, or other contents for the one that it names. */
export function useSaveQuery() {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string | null; body: SavedQueryChange }) =>
      id === null
        ? client.call<SavedQuery>(SAVED_URL, { method: "POST", body })
        : client.call<SavedQuery>(savedUrl(id), { method: "PUT", body }),
    onSuccess: saved => refreshSaved(queryClient, saved.id),
  });
}

export function useDeleteSaved(id: string) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => client.call(savedUrl(id), { method: "DELETE" }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.savedQueries() }),
  });
}
