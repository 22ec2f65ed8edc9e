import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import { downloadCanaryReport, instance } from "@/api/instance";
import type { CanaryRun } from "@/api/models";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Chip, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { ErrorNotice } from "@/ui/States";
import { type Column, Table } from "@/ui/Table";
import { LabelledRow } from "./LabelledRow";
import styles from "./CanaryRuns.module.css";

const STEPS: Record<string, string> = {
  "sign-in": "The catalog answers, and an account signs in.",
  push: "An object is uploaded, and a package with it is pushed.",
  list: "The package and its push are listed.",
  search: "A search finds the push.",
  install: "Pointer, manifest and object are read from S3.",
  refusal: "An account without a role is refused.",
  "clean-up": "What the run wrote is removed.",
};

const COLUMNS: Column<CanaryRun>[] = [
  { id: "begun", label: "Begun", cell: run => <Ago at={run.started_at} /> },
  { id: "result", label: "Result", cell: run => <Outcome outcome={run.passed ? "passed" : "failed"} /> },
  { id: "failed", label: "Failed", wide: true, cell: run => failedSteps(run) || "–" },
  { id: "seconds", label: "Seconds", align: "right", cell: run => run.seconds.toFixed(1) },
];

function failedSteps(run: CanaryRun): string {
  return run.steps
    .filter(step => step.outcome === "failed")
    .map(step => step.name)
    .join(", ");
}

function Outcome({ outcome, seconds }: { outcome: string; seconds?: number }) {
  const time = seconds === undefined ? "" : ` ${seconds.toFixed(2)} s`;
  if (outcome === "passed")
    return (
      <span className={styles.good}>
        <CircleCheck size={16} /> passed{time}
      </span>
    );
  return (
    <Chip kind={outcome === "failed" ? "danger" : "warn"}>
      <TriangleAlert size={12} /> {outcome}
      {time}
    </Chip>
  );
}

/** What the newest run of the canary met, step by step, and the runs before it. */
export function CanaryRuns() {
  const services = useServices();
  const runs = useQuery(instance.canaryRuns(services));
  const report = useMutation({ mutationFn: () => downloadCanaryReport(services) });
  return (
    <Loaded query={runs} label="Asking for the runs of the canary">
      {({ items }) => {
        const [newest] = items;
        if (!newest)
          return (
            <Panel title="Canary" label="Canary" padded>
              <p>No run was recorded. A canary does every hour what people do, once it has an account.</p>
            </Panel>
          );
        return (
          <>
            <ErrorNotice error={report.error} />
            <Panel
              title="Canary"
              label="Canary"
              tools={
                <Button
                  small
                  icon={<Download size={15} />}
                  busy={report.isPending}
                  onClick={() => report.mutate()}
                >
                  Signed report
                </Button>
              }
            >
              <ul>
                {newest.steps.map(step => (
                  <LabelledRow
                    key={step.name}
                    name={step.name}
                    about={STEPS[step.name]}
                    problem={step.reason || null}
                  >
                    <Outcome
                      outcome={step.outcome}
                      {...(step.outcome !== "skipped" && { seconds: step.seconds })}
                    />
                  </LabelledRow>
                ))}
              </ul>
              <Table label="Runs of the canary" columns={COLUMNS} rows={items} id={run => run.id} />
            </Panel>
          </>
        );
      }}
    </Loaded>
  );
}
