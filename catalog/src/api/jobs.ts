/** Pushes that the registry makes: jobs, asked about for as long as they run. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import { paged } from "@/lib/pages";
import { type Api, useApi } from "./context";
import { keys } from "./keys";
import type { Job, Page } from "./models";
import { refreshPackage } from "./refresh";

const POLL_MILLISECONDS = 700;
const IDLE_POLL_MILLISECONDS = 60_000;
const MAX_RECENT_JOBS = 10;

export const isUnderWay = (job: Job) => job.state === "queued" || job.state === "running";

export const jobQueries = {
  job: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: keys.job(id),
      queryFn: ({ signal }) => client.call<Job>(`/api/v1/jobs/${id}`, { signal }),
      refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : POLL_MILLISECONDS),
    }),

  jobs: ({ client }: Api) =>
    infiniteQueryOptions({
      queryKey: keys.jobs(),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<Job>>("/api/v1/jobs", { signal, query: { cursor: pageParam, limit: 50 } }),
      ...paged,
      refetchInterval: ({ state }) =>
        state.data?.pages.some(page => page.items.some(isUnderWay)) ? 2 * POLL_MILLISECONDS : false,
    }),

  recent: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.jobs("recent"),
      queryFn: ({ signal }) =>
        client.call<Page<Job>>("/api/v1/jobs", { signal, query: { limit: MAX_RECENT_JOBS } }),
      staleTime: IDLE_POLL_MILLISECONDS,
      refetchInterval: ({ state }) =>
        state.data?.items.some(isUnderWay) ? 2 * POLL_MILLISECONDS : IDLE_POLL_MILLISECONDS,
    }),
};

/** Follows a job; when it is done, what it changed is fetched again. */
export function useJob(id: string | null) {
  const queryClient = useQueryClient();
  const services = useApi();
  const job = useQuery({ ...jobQueries.job(services, id ?? ""), enabled: id !== null });
  const { state, bucket, name } = job.data ?? {};
  const position = job.data?.result?.position;
  const { client } = services;
  useEffect(() => {
    if (!state) return;
    if (typeof position === "number") client.pushed(position);
    void queryClient.invalidateQueries({ queryKey: keys.jobs() });
    if (state === "done" && bucket && name) refreshPackage(queryClient, bucket, name);
  }, [queryClient, client, state, bucket, name, position]);
  return job;
}

/** Cancel or resume. */
export function useJobAction(id: string) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (action: "cancel" | "resume") =>
      client.call<Job>(`/api/v1/jobs/${id}/${action}`, { method: "POST" }),
    onSuccess: job => queryClient.setQueryData(keys.job(id), job),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.job(id) }),
        queryClient.invalidateQueries({ queryKey: keys.jobs() }),
      ]),
  });
}
