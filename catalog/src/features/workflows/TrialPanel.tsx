/** Which packages a configuration would accept, and why not the others. */
import { CircleCheck, CircleX } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { count, counted } from "@/lib/format";
import { packagePath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Check } from "@/ui/Field";
import { Panel } from "@/ui/Layout";
import { Empty, ErrorNotice, Notice } from "@/ui/States";
import type { Trial } from "./useTrial";
import styles from "./TrialPanel.module.css";

const MAX_SHOWN = 200;

export function TrialPanel({ bucket, trial, isStale }: { bucket: string; trial: Trial; isStale: boolean }) {
  const [onlyRefused, setOnlyRefused] = useState(false);
  const { items, problems, isRunning, isWhole, error } = trial;
  const refused = items.filter(each => !each.valid);
  const shown = onlyRefused ? refused : items;
  const hasBegun = isRunning || trial.tried !== null || items.length > 0;
  return (
    <Panel
      title="Test on packages"
      tools={
        isRunning ? (
          <Button small onClick={trial.stop}>
            Stop
          </Button>
        ) : (
          refused.length > 0 && (
            <Check label="Only refused ones" checked={onlyRefused} onChange={setOnlyRefused} />
          )
        )
      }
    >
      <div role="status" className={styles.totals}>
        {hasBegun &&
          (problems.length > 0 && items.length === 0
            ? "The configuration cannot be used."
            : `${isRunning ? "Testing: " : ""}${count(items.length - refused.length)} of ${counted(items.length, "package")} would pass${
                isRunning || isWhole ? "" : "; there are more"
              }.`)}
        {isStale && hasBegun && !isRunning && " The texts have changed since."}
      </div>
      <ErrorNotice error={error} />
      {problems.length > 0 && (
        <Notice kind="danger">
          <ul className={styles.problems}>
            {problems.map(problem => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Notice>
      )}
      {!hasBegun && (
        <Empty title="Not tested yet">
          The latest revisions of this bucket’s packages are judged as if they were pushed now. Nothing is
          changed.
        </Empty>
      )}
      <ul className={styles.packages} aria-label="Packages">
        {shown.slice(0, MAX_SHOWN).map(each => (
          <li key={each.name}>
            {each.valid ? (
              <CircleCheck size={15} className={styles.good} aria-label="passes" />
            ) : (
              <CircleX size={15} className={styles.bad} aria-label="is refused" />
            )}
            <div>
              <Link to={packagePath(bucket, each.name)}>{each.name}</Link>{" "}
              <span className="muted">{each.workflow ?? "without a workflow"}</span>
              {!each.entries_checked && (
                <p className="muted">Its files were not checked: there are too many.</p>
              )}
              {each.violations.map((violation, index) => (
                <p key={index}>
                  <code>{violation.path}</code> {violation.message}
                </p>
              ))}
            </div>
          </li>
        ))}
        {shown.length > MAX_SHOWN && <li>and {count(shown.length - MAX_SHOWN)} more</li>}
      </ul>
    </Panel>
  );
}
