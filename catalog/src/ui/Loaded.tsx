import type { ReactNode } from "react";
import { t } from "@/language/en/ui/parts";
import { Panel } from "./Layout";
import { Failure, Loading } from "./States";

export interface LoadedQuery<Data> {
  data: Data | undefined;
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** What a query found; before that grey lines, and if it fails, why and a way to try again. */
export function Loaded<Data>({
  query,
  label = t.loading,
  lines = 6,
  framed = false,
  heading,
  children,
}: {
  query: LoadedQuery<Data>;
  label?: string;
  lines?: number;
  /** Whether the waiting and the failure stand in a panel of their own. */
  framed?: boolean;
  /** The page's heading, where only its content would bring one. */
  heading?: string;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined && !query.isError) return children(query.data);
  const state = query.isError ? (
    <>
      {heading && <h1 className="hidden">{heading}</h1>}
      <Failure error={query.error} retry={query.refetch} />
    </>
  ) : (
    <Loading rows={lines} label={label} />
  );
  return framed ? <Panel>{state}</Panel> : state;
}

type DataOf<Queries> = {
  [Index in keyof Queries]: Queries[Index] extends LoadedQuery<infer Data> ? Data : never;
};

/** Several queries as one: there when all are there, failed when one has failed. */
export function together<const Queries extends readonly LoadedQuery<unknown>[]>(
  ...queries: Queries
): LoadedQuery<DataOf<Queries>> {
  const failed = queries.find(query => query.isError);
  const found = queries.every(query => query.data !== undefined);
  return {
    data: found ? (queries.map(query => query.data) as DataOf<Queries>) : undefined,
    isPending: !found && !failed,
    isError: failed !== undefined,
    error: failed?.error,
    refetch: () => Promise.all(queries.filter(query => query.isError).map(query => query.refetch())),
  };
}
