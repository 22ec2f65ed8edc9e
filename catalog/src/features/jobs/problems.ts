/** What a push that was refused or failed means, and what helps. */
import type { Job, Problem } from "@/api/models";

export const slugOf = (problem: Pick<Problem, "type">) => problem.type.split("/").pop() ?? "";

const ADVICE: Record<string, string> = {
  revision_stale: "Compare with what is there now; then push your changes on top of it.",
  workflow_violation: "Correct what is named, and push again.",
  push_refused: "Correct what is named, and push again.",
  entry_refused:
    "The object is gone, has changed, or your role may not read it. Take it out, or get access to it.",
  workflows_broken:
    "The bucket's workflow configuration has an error. Ask the people who maintain the bucket to repair it.",
  not_a_successor: "Choose a destination that this bucket's workflow configuration names.",
  forbidden: "Ask an administrator for access.",
  unauthenticated: "Your session ended while it ran. Sign in again, then resume.",
  too_many_jobs: "Wait until one of your jobs is done.",
};

/** Null when the problem says it all. */
export function adviceOn(problem: Problem): string | null {
  const known = ADVICE[slugOf(problem)];
  if (known) return known;
  return problem.status >= 500 || problem.status === 429
    ? "Failures like this often pass. Resume the push; it continues where it stopped."
    : null;
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

const STAGES: Record<string, string> = {
  hashing: "Computing hashes",
  copying: "Copying objects",
  writing: "Writing the manifest",
  uploading: "Uploading the manifest",
  indexing: "Reading it back",
  publishing: "Publishing",
};

export function stageOf(job: Job): string {
  if (job.state === "queued") return "Waiting for its turn";
  const stage = job.progress?.stage;
  return stage ? (STAGES[stage] ?? stage) : "Starting";
}
