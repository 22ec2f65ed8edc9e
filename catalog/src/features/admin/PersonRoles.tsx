import { useState } from "react";
import { userUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role, User } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { Button } from "@/ui/Button";
import { FormActions, Stack } from "@/ui/Form";
import { ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { ChoiceList } from "./ChoiceList";
import { GiveAccessDialog } from "./GiveAccessDialog";
import { useKeepPerson } from "./useKeepPerson";
import styles from "./PersonRoles.module.css";

/** As they are chosen. */
interface Chosen {
  roles: readonly string[];
  active: string | null;
}

/** The roles that a person has, and the one that is active. */
export function PersonRoles({ user, roles }: { user: User; roles: readonly Role[] }) {
  /** Null while nothing is chosen that is not saved. */
  const [edited, setEdited] = useState<Chosen | null>(null);
  const { roles: chosen, active } = edited ?? { roles: user.roles, active: user.role };
  const [giving, setGiving] = useState(false);
  const keep = useKeepPerson(user.name);
  const save = useApiMutation(
    (client, sent: Chosen) => client.call<User>(`${userUrl(user.name)}/roles`, { method: "PUT", body: sent }),
    [keys.users()],
    (made, sent) => {
      keep(made);
      setEdited(now => (now === sent ? null : now));
    },
  );
  const choose = (now: readonly string[]) =>
    setEdited({ roles: now, active: active !== null && now.includes(active) ? active : (now[0] ?? null) });
  const changed = active !== user.role || [...chosen].toSorted().join() !== user.roles.toSorted().join();
  useLeaveGuard(changed);
  return (
    <Stack>
      {user.is_governed && <Notice>{t.singleSignDecides}</Notice>}
      <ErrorNotice error={save.error} />
      <ChoiceList
        label={t.roles}
        choices={roles}
        id={role => role.name}
        name={role => role.name}
        chosen={chosen}
        onChange={choose}
        beside={role =>
          chosen.includes(role.name) && (
            <label className={styles.active}>
              <input
                type="radio"
                name="active"
                checked={active === role.name}
                onChange={() => setEdited({ roles: chosen, active: role.name })}
                aria-label={t.activeName(role.name)}
              />
              {t.active2}
            </label>
          )
        }
      />
      <FormActions>
        <Button
          kind="primary"
          disabled={!changed || save.isPending}
          busy={save.isPending}
          onClick={() => edited && save.mutate(edited)}
        >
          {t.saveRoles}
        </Button>
        <Button disabled={user.is_governed} onClick={() => setGiving(true)}>
          {t.giveAccessBucket2}
        </Button>
        <span className="muted">{chosen.length === 0 ? t.withoutRoleSee : t.actUnderActive}</span>
      </FormActions>
      {giving && (
        <GiveAccessDialog
          user={user}
          active={roles.find(role => role.name === user.role)}
          onGiven={made => {
            // What is chosen and not saved keeps the role that was given.
            setEdited(
              now => now && { roles: [...new Set([...now.roles, ...made.roles])], active: made.role },
            );
            setGiving(false);
          }}
          onClose={() => setGiving(false)}
        />
      )}
    </Stack>
  );
}
