/** Whether a role can do what it should, and no more: tried with its own credentials. */
import { CircleCheck, CircleX, FlaskConical } from "lucide-react";
import { roleUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role, RoleCheck } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { errorMessage } from "@/lib/errors";
import { levels } from "@/lib/permissions";
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
      title={t.selfTest}
      tools={
        <Button small icon={<FlaskConical size={14} />} busy={check.isPending} onClick={() => check.mutate()}>
          {t.run}
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
            {check.isPending ? t.tryingEveryBucket : t.assumesRoleTries}
          </p>
        )}
      </div>
    </Panel>
  );
}

const level = (of: keyof ReturnType<typeof levels> | null) => (of ? levels()[of] : t.nothing);

function Verdict({ check }: { check: RoleCheck }) {
  if (!check.can_assume)
    return (
      <div className={styles.text}>
        <Notice kind="danger">{t.roleCannotAssumed(check.problem)}</Notice>
      </div>
    );
  return (
    <>
      <p className={styles.text}>{check.ok ? t.allShouldRole : t.roleCanAssumed}</p>
      <ul className={styles.verdicts} aria-label={t.verdictPerBucket}>
        {check.buckets.map(each => (
          <li key={each.bucket}>
            {each.ok ? (
              <CircleCheck size={17} className={styles.good} aria-label={t.should} />
            ) : (
              <CircleX size={17} className={styles.bad} aria-label={t.notShould} />
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
