/** To let one person read or write one bucket more, besides what their active role permits. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Client } from "@/api/client";
import { identity, policyUrl, roleUrl, userUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Policy, PolicyWrite, Role, User } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { type Level, levels } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { Choice } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Loaded, together } from "@/ui/Loaded";
import { Notice } from "@/ui/States";
import { useKeepPerson } from "./useKeepPerson";

const choices = () =>
  [
    ["READ_WRITE", levels().READ_WRITE],
    ["READ", levels().READ],
  ] as const;

export function GiveAccessDialog({
  user,
  roles,
  onClose,
}: {
  user: User;
  roles: readonly Role[];
  onClose: () => void;
}) {
  const policies = useQuery(identity.policies(useServices()));
  const buckets = useBuckets(true);
  const keep = useKeepPerson(user.name);
  const [chosen, setChosen] = useState("");
  const [level, setLevel] = useState<Level>("READ_WRITE");
  const names = itemsOf(buckets.data).map(({ name, title }) => [name, title] as const);
  const bucket = chosen || (names[0]?.[0] ?? "");
  const active = roles.find(role => role.name === user.role);
  const give = useApiMutation(
    client => giveAccess(client, { user, roles, policies: policies.data ?? [], active }, bucket, level),
    [keys.roles(), keys.role(), keys.policies(), keys.policy(), keys.users()],
    made => {
      keep(made);
      onClose();
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
      disabled={bucket === "" || policies.data === undefined}
      action={give}
      onSubmit={() => give.mutate()}
      onClose={onClose}
    >
      {active && !active.managed && <Notice kind="warn">{t.iamRoleCannot(active.name)}</Notice>}
      <Loaded query={together(policies, buckets)} label={t.loadingBuckets} lines={2}>
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

interface Known {
  user: User;
  roles: readonly Role[];
  policies: readonly Policy[];
  active: Role | undefined;
}

/** Name of the role that nobody else has, and of its policy: in all languages the same, by which it is found again. */
const ownRole = (user: User) => `Only ${user.name}`;

/** The role permits what the active one does, too. What a try that failed has made is used again. */
async function giveAccess(
  client: Client,
  { user, roles, policies, active }: Known,
  bucket: string,
  level: Level,
): Promise<User> {
  const name = ownRole(user);
  const role = roles.find(each => each.name === name);
  const before = policies.find(each => each.title === name && each.managed);
  const body: PolicyWrite = {
    title: name,
    permissions: { ...before?.permissions, [bucket]: level },
  };
  const policy = before
    ? await client.call<Policy>(policyUrl(before.id), { method: "PUT", body })
    : await client.call<Policy>("/api/v1/admin/policies", { method: "POST", body });
  const held = (role?.policies ?? []).map(each => each.id);
  const others = active?.managed ? active.policies.map(each => each.id) : [];
  const wanted = [...new Set([...held, ...others, policy.id])];
  if (!role)
    await client.call<Role>("/api/v1/admin/roles", { method: "POST", body: { name, policies: wanted } });
  else if (wanted.length > held.length)
    await client.call<Role>(roleUrl(name), { method: "PUT", body: { name, policies: wanted } });
  return client.call<User>(`${userUrl(user.name)}/roles`, {
    method: "PUT",
    body: { roles: [...new Set([...user.roles, name])], active: name },
  });
}
