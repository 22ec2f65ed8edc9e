/** A draft as it is edited and pushed. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useJob } from "@/api/jobs";
import { keys } from "@/api/keys";
import type { Job, Patch, Revision } from "@/api/models";
import { revisionUrl } from "@/api/queries";
import { faultsOf, slugOf } from "@/features/jobs/problems";
import { RequestError } from "@/lib/errors";
import { parseMeta, writeMeta } from "@/lib/metadata";
import { useStartJob } from "../push/useStartJob";
import type { Draft } from "./drafts";
import { type Edit, edited, type EditStep, faultyStep, stepsOf } from "./edits";

/** As many as one request takes. */
const MAX_CHANGES = 10_000;

export interface DraftOwner {
  bucket: string;
  name: string;
  revision: Revision;
  latest: Revision;
  draft: Draft;
  setDraft: (to: Draft | null | ((now: Draft | null) => Draft | null)) => void;
}

const isStale = (error: unknown) => error instanceof RequestError && error.code === "revision_stale";
export const isStaleJob = (job: Job) => job.problem !== null && slugOf(job.problem) === "revision_stale";

export function useRevision({ bucket, name, revision, latest, draft, setDraft }: DraftOwner) {
  const queryClient = useQueryClient();
  const steps = useMemo(() => stepsOf(draft.edits), [draft.edits]);
  const set = (to: Partial<Draft>) => setDraft(now => ({ ...(now ?? draft), ...to }));
  const change = (edit: Edit) =>
    setDraft(now => ({ ...(now ?? draft), edits: edited((now ?? draft).edits, edit) }));

  const metadata = draft.metadata ?? writeMeta(revision.user_meta);
  const parsed = parseMeta(metadata);
  const newMetadata = draft.metadata !== null && writeMeta(parsed.meta) !== writeMeta(revision.user_meta);
  const changes = steps.length + (newMetadata ? 1 : 0);

  const { push, job, leave } = useStartJob(
    client =>
      client.call<Job>(`${revisionUrl(bucket, name, draft.base.topHash)}/patch`, {
        method: "POST",
        body: {
          operations: steps.map(step => step.operation),
          message: draft.message.trim() || null,
          ...(newMetadata ? { metadata: parsed.meta } : {}),
          ...(draft.workflow === null ? {} : { workflow: draft.workflow }),
          expected: { latest: draft.base.latest, entries: draft.base.entries },
        } satisfies Patch,
      }),
    () => void queryClient.invalidateQueries({ queryKey: keys.package(bucket, name) }),
  );
  const ran = useJob(job).data;
  const isDone = ran?.state === "done";
  useEffect(() => {
    if (isDone) setDraft(null);
  }, [isDone, setDraft]);

  const refused = push.error instanceof RequestError ? push.error : (ran?.problem ?? null);
  const faults = useMemo(() => faultsByStep(steps, refused), [steps, refused]);
  const again = () => {
    push.reset();
    leave();
  };
  return {
    steps,
    faults,
    changes,
    metadata,
    /** Whether what was typed as metadata can be pushed. */
    metadataIsGood: parsed.error === null,
    tooMany: steps.length > MAX_CHANGES ? MAX_CHANGES : null,
    set,
    change,
    push,
    isRefusedAsStale: isStale(push.error),
    isBehind: latest.top_hash !== draft.base.latest,
    job,
    /** The job that was started, as far as it is. */
    ran,
    again,
    /** Puts the same changes on the latest revision. */
    redo: () => {
      again();
      set({ base: { topHash: latest.top_hash, entries: latest.total_entries, latest: latest.top_hash } });
    },
  };
}

/** What was said against some of the changes. */
function faultsByStep(
  steps: readonly EditStep[],
  refused: { errors?: readonly Record<string, unknown>[] } | null,
): ReadonlyMap<EditStep, string> {
  const found = new Map<EditStep, string>();
  for (const fault of refused ? faultsOf(refused) : []) {
    const step = faultyStep(steps, fault.path);
    if (step) found.set(step, fault.message);
  }
  return found;
}
