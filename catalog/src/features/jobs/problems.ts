/** What a push that was refused or failed means, and what helps. */
import type { Job, Problem } from "@/api/models";
import { t } from "@/language/en/features/jobs";

export const slugOf = (problem: Pick<Problem, "type">) => problem.type.split("/").pop() ?? "";

const advice = (): Record<string, string> => ({
  revision_stale: t.compareNowThen,
  workflow_violation: t.correctNamedPush,
  push_refused: t.correctNamedPush,
  entry_refused: t.objectGoneChanged,
  workflows_broken: t.bucketsWorkflowConfiguration,
  not_a_successor: t.chooseDestinationBuckets,
  forbidden: t.askAdministratorAccess,
  unauthenticated: t.sessionEndedWhile,
  too_many_jobs: t.waitUntilOne,
});

/** Null when the problem says it all. */
export function adviceOn(problem: Problem): string | null {
  const known = advice()[slugOf(problem)];
  if (known) return known;
  return problem.status >= 500 || problem.status === 429 ? t.failuresLikeOften : null;
}

const FINAL = ["revision_stale", "workflow_violation", "push_refused", "not_a_successor"];

/** Whether going on with the very same push could end better. */
export function canResume(job: Job): boolean {
  if (job.state === "cancelled") return true;
  return job.state === "failed" && !(job.problem && FINAL.includes(slugOf(job.problem)));
}

export interface Fault {
  path: string;
  message: string;
}

export function faultsOf(problem: { errors?: readonly Record<string, unknown>[] }): Fault[] {
  return (problem.errors ?? []).flatMap(error =>
    typeof error.message === "string"
      ? [{ path: typeof error.path === "string" ? error.path : "", message: error.message }]
      : [],
  );
}

const stages = (): Record<string, string> => ({
  hashing: t.computingHashes,
  copying: t.copyingObjects,
  writing: t.writingManifest,
  uploading: t.uploadingManifest,
  indexing: t.addingToIndex,
  publishing: t.publishing,
});

export function stageOf(job: Job): string {
  if (job.state === "queued") return t.waitingTurn;
  const stage = job.progress?.stage;
  return stage ? (stages()[stage] ?? stage) : t.starting;
}
