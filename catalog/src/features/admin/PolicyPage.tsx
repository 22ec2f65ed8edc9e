import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { identity, policyUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Policy, PolicyWrite, Role } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import type { Permissions } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Field } from "@/ui/Field";
import { Form, Stack } from "@/ui/Form";
import { Chip, Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded, together } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { useFormGuard } from "@/ui/useLeaveGuard";
import { ChoiceList } from "./ChoiceList";
import { PermissionMatrix } from "./PermissionMatrix";

const NEW = "new";
const NO_POLICY = { data: null, isPending: false, isError: false, error: null, refetch: () => null };

export function PolicyPage() {
  const { id = "" } = useParams();
  const services = useServices();
  const policy = useQuery({ ...identity.policy(services, id), enabled: id !== NEW });
  const roles = useQuery(identity.roles(services));
  /** The policy that was made here, whose form stays as it is filled in. */
  const [made, setMade] = useState<string | null>(null);
  const form = id === made ? NEW : id;
  const title = id === NEW ? t.newPolicy : (policy.data?.title ?? t.policy);
  return (
    <Page title={title}>
      <Crumbs steps={[{ label: t.policies, to: "/admin/policies" }, { label: title }]} />
      <Loaded
        query={together(id === NEW ? NO_POLICY : policy, roles)}
        label={id === NEW ? t.loadingRoles : t.loadingPolicy}
        heading={title}
      >
        {([found, all]) => <PolicyForm key={form} policy={found} roles={all} onMade={setMade} />}
      </Loaded>
    </Page>
  );
}

function PolicyForm({
  policy,
  roles,
  onMade,
}: {
  policy: Policy | null;
  roles: readonly Role[];
  onMade: (id: string) => void;
}) {
  const services = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [title, setTitle] = useState(policy?.title ?? "");
  const [managed, setManaged] = useState(policy?.managed ?? true);
  const [arn, setArn] = useState(policy?.arn ?? "");
  const [permissions, setPermissions] = useState<Permissions>(policy?.permissions ?? {});
  const [having, setHaving] = useState<readonly string[]>(policy?.roles.map(role => role.id) ?? []);
  const guard = useFormGuard([title, managed, arn, permissions, having]);
  const touched = [keys.policies(), keys.roles(), keys.role(), keys.bucket(), keys.buckets()];
  const save = useApiMutation(
    (client, body: PolicyWrite) =>
      policy
        ? client.call<Policy>(policyUrl(policy.id), { method: "PUT", body })
        : client.call<Policy>("/api/v1/admin/policies", { method: "POST", body }),
    touched,
    made => {
      guard.letGo();
      queryClient.setQueryData(identity.policy(services, made.id).queryKey, made);
      if (policy) return;
      onMade(made.id);
      void navigate(`/admin/policies/${made.id}`, { replace: true });
    },
  );
  const remove = useApiMutation(
    client => client.call(policyUrl(policy?.id ?? ""), { method: "DELETE" }),
    [keys.policies(), keys.roles(), keys.role()],
  );
  const submit = () => {
    if (save.isPending) return;
    guard.send();
    const what = managed ? { permissions } : { arn: arn.trim() };
    save.mutate({ title: title.trim(), roles: [...having], ...what });
  };
  return (
    <Form onSubmit={submit}>
      <Head
        title={
          <>
            {policy?.title ?? t.newPolicy} {policy?.managed === false && <Chip>{t.unmanaged}</Chip>}
          </>
        }
      >
        {policy && (
          <ConfirmButton
            label={t.delete}
            title={t.deletePolicy(policy.title)}
            about={
              policy.roles.length > 0
                ? t.takenWhosePeople(policy.roles.map(role => role.name).join(", "))
                : t.noRole
            }
            action={remove}
            done={() => {
              guard.letGo();
              void navigate("/admin/policies");
            }}
          />
        )}
        <Button type="submit" kind="primary" busy={save.isPending}>
          {policy ? t.savePolicy : t.makePolicy2}
        </Button>
      </Head>
      {save.isSuccess && <Notice>{t.savedEffectEverywhere}</Notice>}
      <ErrorNotice error={save.error} />
      <Columns
        aside={
          <Panel title={t.roles2} padded>
            <ChoiceList
              label={t.roles}
              choices={roles.filter(role => role.managed)}
              id={role => role.id}
              name={role => role.name}
              chosen={having}
              onChange={setHaving}
            />
          </Panel>
        }
      >
        <Panel padded label={t.policy}>
          <Stack>
            <Field
              label={t.title}
              name="title"
              required
              maxLength={128}
              autoComplete="off"
              value={title}
              onChange={event => setTitle(event.target.value)}
            />
            {!policy && (
              <Switch
                label={t.kind}
                options={[
                  ["managed", t.permissionsBuckets],
                  ["unmanaged", t.iamPolicy],
                ]}
                value={managed ? "managed" : "unmanaged"}
                onChange={kind => setManaged(kind === "managed")}
              />
            )}
            {!managed && (
              <Field
                label={t.arnIamPolicy}
                name="arn"
                required
                autoComplete="off"
                spellCheck={false}
                placeholder="arn:aws:iam::123456789012:policy/ReadInventory"
                value={arn}
                onChange={event => setArn(event.target.value)}
              />
            )}
          </Stack>
        </Panel>
        {managed && (
          <Panel title={t.permissions}>
            <PermissionMatrix permissions={permissions} change={setPermissions} />
          </Panel>
        )}
      </Columns>
    </Form>
  );
}
