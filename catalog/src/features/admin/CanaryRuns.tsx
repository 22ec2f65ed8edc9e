import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import { downloadCanaryReport, instance } from "@/api/instance";
import type { CanaryRun } from "@/api/models";
import { t } from "@/language/en/features/admin";
import { fixed } from "@/lib/format";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Chip, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { ErrorNotice } from "@/ui/States";
import { type Column, Table } from "@/ui/Table";
import { LabelledRow } from "./LabelledRow";
import styles from "./CanaryRuns.module.css";

const steps = (): Record<string, string> => ({
  "sign-in": t.catalogAnswersAccount,
  push: t.objectUploadedPackage,
  list: t.packagePushListed,
  search: t.searchFindsPush,
  install: t.pointerManifestObject,
  refusal: t.accountWithoutRole,
  "clean-up": t.runWroteRemoved,
});

const makeColumns = (): Column<CanaryRun>[] => [
  { id: "begun", label: t.begun, cell: run => <Ago at={run.started_at} /> },
  { id: "result", label: t.result, cell: run => <Outcome outcome={run.passed ? "passed" : "failed"} /> },
  { id: "failed", label: t.failed2, wide: true, cell: run => failedSteps(run) || "–" },
  { id: "seconds", label: t.seconds, align: "right", cell: run => fixed(run.seconds, 1) },
];

function failedSteps(run: CanaryRun): string {
  return run.steps
    .filter(step => step.outcome === "failed")
    .map(step => step.name)
    .join(", ");
}

function Outcome({ outcome, seconds }: { outcome: string; seconds?: number }) {
  const time = seconds === undefined ? "" : ` ${fixed(seconds, 2)} s`;
  if (outcome === "passed")
    return (
      <span className={styles.good}>
        <CircleCheck size={16} /> {t.passedTime(time)}
      </span>
    );
  return (
    <Chip kind={outcome === "failed" ? "danger" : "warn"}>
      <TriangleAlert size={12} /> {outcome === "failed" ? t.failed : outcome}
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
    <Loaded query={runs} label={t.askingRunsCanary}>
      {({ items }) => {
        const [newest] = items;
        if (!newest)
          return (
            <Panel title={t.canary} label={t.canary} padded>
              <p>{t.noRunRecorded}</p>
            </Panel>
          );
        return (
          <>
            <ErrorNotice error={report.error} />
            <Panel
              title={t.canary}
              label={t.canary}
              tools={
                <Button
                  small
                  icon={<Download size={15} />}
                  busy={report.isPending}
                  onClick={() => report.mutate()}
                >
                  {t.signedReport}
                </Button>
              }
            >
              <ul>
                {newest.steps.map(step => (
                  <LabelledRow
                    key={step.name}
                    name={step.name}
                    about={steps()[step.name]}
                    problem={step.reason || null}
                  >
                    <Outcome
                      outcome={step.outcome}
                      {...(step.outcome !== "skipped" && { seconds: step.seconds })}
                    />
                  </LabelledRow>
                ))}
              </ul>
              <Table label={t.runsCanary} columns={makeColumns()} rows={items} id={run => run.id} />
            </Panel>
          </>
        );
      }}
    </Loaded>
  );
}
