/** Pushes that the registry makes: jobs, asked about for as long as they run. */
import { keys } from "./keys";
import { refreshPackage } from "./refresh";
import {
  queryOptions,
  infiniteQueryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import { useApi, type Api } from "./context";
import type { Job, Page } from "./models";
import { paged } from "@/lib/pages";

const OFTEN = 700;
const NOW_AND_THEN = 60_000;
const RECENT = 10;

export const isUnderWay = (job: Job) => job.state === "queued" || job.state === "running";

export const jobQueries = {
  job: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: keys.job(id),
      queryFn: ({ signal }) => client.call<Job>(`/api/v1/jobs/${id}`, { signal }),
      refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : OFTEN),
    }),

  jobs: ({ client }: Api) =>
    infiniteQueryOptions({
      queryKey: keys.jobs(),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<Job>>("/api/v1/jobs", { signal, query: { cursor: pageParam, limit: 50 } }),
      ...paged,
      refetchInterval: ({ state }) =>
        state.data?.pages.some(page => page.items.some(isUnderWay)) ? 2 * OFTEN : false,
    }),

  recent: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.jobs("recent"),
      queryFn: ({ signal }) => client.call<Page<Job>>("/api/v1/jobs", { signal, query: { limit: RECENT } }),
      staleTime: NOW_AND_THEN,
      refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? 2 * OFTEN : NOW_AND_THEN),
    }),
};

/** A job as it goes; when it is done, what it changed is asked for anew. */
export function useJob(id: string | null) {
  const queryClient = useQueryClient();
  const services = useApi();
  const job = useQuery({ ...jobQueries.job(services, id ?? ""), enabled: id !== null });
  const { state, bucket, name } = job.data ?? {};
  useEffect(() => {
    if (!state) return;
    void queryClient.invalidateQueries({ queryKey: keys.jobs() });
    if (state === "done" && bucket && name) refreshPackage(queryClient, bucket, name);
  }, [queryClient, state, bucket, name]);
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
