/** The first run, step by step: a bucket, a package, people to share it with. Each step leads to where it is done. */
import { Check, Database, Package, Share2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Bucket } from "@/api/models";
import { firstPushCode } from "@/features/packages/firstPushCode";
import { t } from "@/language/en/features/home";
import { packagesPath } from "@/lib/paths";
import { ButtonLink } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import styles from "./FirstSteps.module.css";

/** With more, nobody needs to be shown how. */
const MAX_PACKAGES = 1;

export function FirstSteps({
  buckets,
  packages,
  isComplete,
  isStaff,
}: {
  buckets: readonly Bucket[];
  packages: number;
  /** The number of packages is known. */
  isComplete: boolean;
  isStaff: boolean;
}) {
  if (!isComplete || packages > MAX_PACKAGES || (packages > 0 && !isStaff)) return null;
  const writable = buckets.find(({ level }) => level === "READ_WRITE");
  return (
    <section className={styles.steps} aria-labelledby="steps">
      <h2 id="steps">{packages > 0 ? t.almost : t.threeStepsFirst}</h2>
      <ol>
        <Step
          icon={<Database size={16} />}
          title={t.bucket}
          isDone={buckets.length > 0}
          done={t.registeredTitle(buckets[0]?.title ?? "")}
        >
          {isStaff ? (
            <>
              <p>{t.dataStayOwn}</p>
              <ButtonLink kind="primary" to="/admin/buckets">
                {t.registerBucket}
              </ButtonLink>
            </>
          ) : (
            <p>{t.roleIncludesNo}</p>
          )}
        </Step>
        <Step
          icon={<Package size={16} />}
          title={t.package}
          isDone={packages > 0}
          done={t.firstPackagePushed}
          isWaiting={buckets.length === 0}
        >
          {writable ? (
            <>
              <p>{t.filesReadmeMetadata}</p>
              <ButtonLink kind="primary" to={`${packagesPath(writable.name)}/new`}>
                {t.pushFiles}
              </ButtonLink>
              <p>{t.pythonMachineSet}</p>
              <CodeBlock label={t.python} code={firstPushCode(writable.name)} />
              <ButtonLink kind="quiet" small to="/install">
                {t.setUpMachine}
              </ButtonLink>
            </>
          ) : (
            <p>{t.roleReadsBut}</p>
          )}
        </Step>
        <Step icon={<Share2 size={16} />} title={t.people} isDone={false} done="" isWaiting={packages === 0}>
          {isStaff ? (
            <>
              <p>{t.invitePeopleUse}</p>
              <ButtonLink kind={packages > 0 ? "primary" : "plain"} to="/admin/people">
                {t.invitePeople}
              </ButtonLink>
            </>
          ) : (
            <p>{t.whoeverRoleReads}</p>
          )}
        </Step>
      </ol>
    </section>
  );
}

function Step({
  icon,
  title,
  isDone,
  done,
  isWaiting = false,
  children,
}: {
  icon: ReactNode;
  title: string;
  isDone: boolean;
  /** What is said of a step that is done. */
  done: string;
  isWaiting?: boolean;
  children: ReactNode;
}) {
  return (
    <li data-done={isDone || undefined} data-waiting={isWaiting || undefined}>
      <span className={styles.sign}>{isDone ? <Check size={16} /> : icon}</span>
      <div className={styles.text}>
        <h3>
          {title}
          {isDone && <span className="hidden">{t.done}</span>}
        </h3>
        {isDone ? <p>{done}</p> : isWaiting ? null : children}
      </div>
    </li>
  );
}
