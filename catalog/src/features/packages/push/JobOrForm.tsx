import type { ReactNode } from "react";
import { BackToForm, JobPanel } from "@/features/jobs/JobPanel";

/** The push that was started from here, or the form that starts one. */
export function JobOrForm({
  job,
  leave,
  head,
  children,
}: {
  job: string | null;
  /** Back to the form. */
  leave: () => void;
  head: ReactNode;
  children: ReactNode;
}) {
  return (
    <>
      {head}
      {job ? <JobPanel id={job} help={of => <BackToForm job={of} back={leave} />} /> : children}
    </>
  );
}
