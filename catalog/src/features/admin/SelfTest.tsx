/** Whether a role can do what it should, and no more: tried with its own credentials. */
import { CircleCheck, CircleX, FlaskConical } from "lucide-react";
import { roleUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role, RoleCheck } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { errorMessage } from "@/lib/errors";
import { LEVELS } from "@/lib/permissions";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Notice } from "@/ui/States";
import styles from "./SelfTest.module.css";

export function SelfTest({ role }: { role: Role }) {
  const check = useApiMutation(
    client => client.call<RoleCheck>(`${roleUrl(role.name)}/check`, { method: "POST" }),
    [keys.role(), keys.roles()],
  );
  return (
    <Panel
      title="Self-test"
      tools={
        <Button small icon={<FlaskConical size={14} />} busy={check.isPending} onClick={() => check.mutate()}>
          Run it
        </Button>
      }
    >
      <div aria-live="polite">
        {check.isError ? (
          <div className={styles.text}>
            <Notice kind="danger">{errorMessage(check.error)}</Notice>
          </div>
        ) : check.isSuccess ? (
          <Verdict check={check.data} />
        ) : (
          <p className={`${styles.text ?? ""} muted`}>
            {check.isPending
              ? "Trying every bucket with the role’s own credentials…"
              : "Assumes the role and tries every bucket: can it read and write where it should, and is it refused where it should not? Nothing is written."}
          </p>
        )}
      </div>
    </Panel>
  );
}

const level = (of: keyof typeof LEVELS | null) => (of ? LEVELS[of] : "Nothing");

function Verdict({ check }: { check: RoleCheck }) {
  if (!check.can_assume)
    return (
      <div className={styles.text}>
        <Notice kind="danger">The role cannot be assumed: {check.problem}</Notice>
      </div>
    );
  return (
    <>
      <p className={styles.text}>
        {check.ok
          ? "All is as it should be: the role can be assumed, and does what it should and no more."
          : "The role can be assumed, but not all is as it should be."}
      </p>
      <ul className={styles.verdicts} aria-label="Verdict per bucket">
        {check.buckets.map(each => (
          <li key={each.bucket}>
            {each.ok ? (
              <CircleCheck size={17} className={styles.good} aria-label="as it should be" />
            ) : (
              <CircleX size={17} className={styles.bad} aria-label="not as it should be" />
            )}
            <span className="cut">{each.bucket}</span>
            <span className="muted">{level(each.found)}</span>
            {each.problem && <p>{each.problem}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
