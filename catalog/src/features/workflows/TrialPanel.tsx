/** Which packages a configuration would accept, and why not the others. */
import { CircleCheck, CircleX } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { t } from "@/language/en/features/workflows";
import { count } from "@/lib/format";
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
      title={t.testPackages}
      tools={
        isRunning ? (
          <Button small onClick={trial.stop}>
            {t.stop}
          </Button>
        ) : (
          refused.length > 0 && (
            <Check label={t.onlyRefusedOnes} checked={onlyRefused} onChange={setOnlyRefused} />
          )
        )
      }
    >
      <div role="status" className={styles.totals}>
        {hasBegun &&
          (problems.length > 0 && items.length === 0
            ? t.configurationCannotUsed
            : t.packageWouldPass(
                isRunning ? t.testing : "",
                count(items.length - refused.length),
                items.length,
                isRunning || isWhole ? "" : t.more,
              ))}
        {isStale && hasBegun && !isRunning && t.textsChangedSince}
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
      {!hasBegun && <Empty title={t.notTestedYet}>{t.latestRevisionsBuckets}</Empty>}
      <ul className={styles.packages} aria-label={t.packages}>
        {shown.slice(0, MAX_SHOWN).map(each => (
          <li key={each.name}>
            {each.valid ? (
              <CircleCheck size={15} className={styles.good} aria-label={t.passes} />
            ) : (
              <CircleX size={15} className={styles.bad} aria-label={t.refused} />
            )}
            <div>
              <Link to={packagePath(bucket, each.name)}>{each.name}</Link>{" "}
              <span className="muted">{each.workflow ?? t.withoutWorkflow}</span>
              {!each.entries_checked && <p className="muted">{t.filesNotChecked}</p>}
              {each.violations.map((violation, index) => (
                <p key={index}>
                  <code>{violation.path}</code> {violation.message}
                </p>
              ))}
            </div>
          </li>
        ))}
        {shown.length > MAX_SHOWN && <li>{t.moreShown(count(shown.length - MAX_SHOWN))}</li>}
      </ul>
    </Panel>
  );
}
