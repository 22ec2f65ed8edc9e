/** To let one person read or write one bucket more, besides what their active role permits. */
import { useState } from "react";
import { accessUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { BucketAccess, Role, User } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { type Level, levels } from "@/lib/permissions";
import { Choice } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Loaded } from "@/ui/Loaded";
import { Notice } from "@/ui/States";
import { useKeepPerson } from "./useKeepPerson";

const choices = () =>
  [
    ["READ_WRITE", levels().READ_WRITE],
    ["READ", levels().READ],
  ] as const;

export function GiveAccessDialog({
  user,
  active,
  onGiven,
  onClose,
}: {
  user: User;
  /** The person's active role. */
  active: Role | undefined;
  onGiven: (user: User) => void;
  onClose: () => void;
}) {
  const buckets = useBuckets(true);
  const keep = useKeepPerson(user.name);
  const [chosen, setChosen] = useState("");
  const [level, setLevel] = useState<Level>("READ_WRITE");
  const names = itemsOf(buckets.data).map(({ name, title }) => [name, title] as const);
  const bucket = chosen || (names[0]?.[0] ?? "");
  const give = useApiMutation(
    client =>
      client.call<User>(accessUrl(user.name, bucket), {
        method: "PUT",
        body: { level } satisfies BucketAccess,
      }),
    [keys.roles(), keys.role(), keys.policies(), keys.policy(), keys.users()],
    made => {
      keep(made);
      onGiven(made);
    },
  );
  return (
    <FormDialog
      title={t.giveAccessBucket(user.name)}
      about={
        <>
          {t.getRoleOwn(
            <b>{ownRole(user)}</b>,
            active?.managed && active.name !== ownRole(user) && t.permitsDoesToo(active.name),
          )}
        </>
      }
      submit={t.giveAccess}
      disabled={bucket === ""}
      action={give}
      onSubmit={() => give.mutate()}
      onClose={onClose}
    >
      {active && !active.managed && <Notice kind="warn">{t.iamRoleCannot(active.name)}</Notice>}
      <Loaded query={buckets} label={t.loadingBuckets} lines={2}>
        {() => (
          <>
            <Choice label={t.bucket} options={names} value={bucket} onChange={setChosen} />
            <Choice label={t.may} options={choices()} value={level} onChange={setLevel} />
          </>
        )}
      </Loaded>
    </FormDialog>
  );
}

/** The role that nobody else has, as the registry names it. */
const ownRole = (user: User) => `Only ${user.name}`;
