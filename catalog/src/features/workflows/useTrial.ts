import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { WorkflowTrial, WorkflowTrialResult } from "@/api/models";
import { bucketUrl } from "@/api/queries";
import { useServices } from "@/s3/context";

/** What would be saved. */
export interface Proposal {
  config: string;
  /** Texts by URL. */
  schemas: Readonly<Record<string, string>>;
}

export interface TrialState {
  problems: readonly string[];
  items: WorkflowTrialResult["items"];
  /** There are no more packages. */
  isWhole: boolean;
}

const NOTHING: TrialState = { problems: [], items: [], isWhole: false };
const BATCH_PACKAGES = 20;
/** A trial goes on by itself up to here. */
const MAX_PACKAGES = 1_000;

/** Tries proposals on the packages of a bucket, page after page. */
export function useTrial(bucket: string) {
  const { client } = useServices();
  const [state, setState] = useState(NOTHING);
  const [tried, setTried] = useState<Proposal | null>(null);
  const controller = useRef<AbortController | null>(null);
  const run = useMutation({
    mutationFn: async (proposal: Proposal) => {
      controller.current = new AbortController();
      const { signal } = controller.current;
      setState(NOTHING);
      setTried(null);
      let found = NOTHING;
      let cursor: string | null = null;
      do {
        const page: WorkflowTrialResult = await client.call(`${bucketUrl(bucket)}/workflows/trial`, {
          method: "POST",
          body: { ...proposal, cursor, limit: BATCH_PACKAGES } satisfies Partial<WorkflowTrial>,
          signal,
        });
        cursor = page.next;
        found = {
          problems: [...found.problems, ...page.problems],
          items: [...found.items, ...page.items],
          isWhole: cursor === null,
        };
        setState(found);
      } while (cursor !== null && found.items.length < MAX_PACKAGES && !signal.aborted);
      signal.throwIfAborted();
      setTried(proposal);
    },
  });
  useEffect(() => () => controller.current?.abort(), []);
  return {
    ...state,
    /** The proposal that was tried to the end. */
    tried,
    isRunning: run.isPending,
    error: isStopped(run.error) ? null : run.error,
    start: (proposal: Proposal) => run.mutate(proposal),
    stop: () => controller.current?.abort(),
  };
}

const isStopped = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

export type Trial = ReturnType<typeof useTrial>;
