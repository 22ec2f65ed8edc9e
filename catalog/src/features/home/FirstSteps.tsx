/** The first run, step by step: a bucket, a package, people to share it with. Each step leads to where it is done. */
import { Check, Database, Package, Share2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Bucket } from "@/api/models";
import { firstPushCode } from "@/features/packages/firstPushCode";
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
      <h2 id="steps">{packages > 0 ? "Almost there" : "Three steps to the first data set"}</h2>
      <ol>
        <Step
          icon={<Database size={16} />}
          title="A bucket"
          isDone={buckets.length > 0}
          done={`${buckets[0]?.title ?? ""} is registered.`}
        >
          {isStaff ? (
            <>
              <p>Data stay in your own S3 buckets. Register one that is there, or make a new one.</p>
              <ButtonLink kind="primary" to="/admin/buckets">
                Register a bucket
              </ButtonLink>
            </>
          ) : (
            <p>
              Your role includes no bucket. Ask an administrator to register one, or to give you a role that
              reads one.
            </p>
          )}
        </Step>
        <Step
          icon={<Package size={16} />}
          title="A package"
          isDone={packages > 0}
          done="The first package is pushed."
          isWaiting={buckets.length === 0}
        >
          {writable ? (
            <>
              <p>
                Files, a README and metadata under a name, with every version kept. Push from the browser:
              </p>
              <ButtonLink kind="primary" to={`${packagesPath(writable.name)}/new`}>
                Push files
              </ButtonLink>
              <p>or from Python, on a machine that is set up as the install page says:</p>
              <CodeBlock label="Python" code={firstPushCode(writable.name)} />
              <ButtonLink kind="quiet" small to="/install">
                Set up a machine
              </ButtonLink>
            </>
          ) : (
            <p>
              Your role reads, but does not write here. Somebody with a role that writes pushes the first one.
            </p>
          )}
        </Step>
        <Step icon={<Share2 size={16} />} title="People" isDone={false} done="" isWaiting={packages === 0}>
          {isStaff ? (
            <>
              <p>Invite the people who use the data, with a role that reads the bucket.</p>
              <ButtonLink kind={packages > 0 ? "primary" : "plain"} to="/admin/people">
                Invite people
              </ButtonLink>
            </>
          ) : (
            <p>Whoever has a role that reads the bucket finds the package here.</p>
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
          {isDone && <span className="hidden"> (done)</span>}
        </h3>
        {isDone ? <p>{done}</p> : isWaiting ? null : children}
      </div>
    </li>
  );
}
