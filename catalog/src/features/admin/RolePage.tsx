import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { identity, roleUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { encode } from "@/lib/paths";
import { summary } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { CodeBlock } from "@/ui/Copy";
import { ButtonColumn, Form, Stack } from "@/ui/Form";
import { Columns, Crumbs, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { useFormGuard } from "@/ui/useLeaveGuard";
import { ChoiceList } from "./ChoiceList";
import { personPath, rolePath } from "./paths";
import { RoleBudgets } from "./RoleBudgets";
import { RoleArnField, RoleChips, RoleNameField } from "./RoleFields";
import { SelfTest } from "./SelfTest";
import styles from "./RolePage.module.css";

export function RolePage() {
  const { name = "" } = useParams();
  const role = useQuery(identity.role(useServices(), name));
  return (
    <Page title={name}>
      <Crumbs steps={[{ label: t.roles, to: "/admin/roles" }, { label: name }]} />
      <Loaded query={role} label={t.loadingRole} heading={name}>
        {data => <RoleDetails key={data.id} role={data} />}
      </Loaded>
    </Page>
  );
}

function RoleDetails({ role }: { role: Role }) {
  return (
    <>
      <Head
        title={
          <>
            {role.name} <RoleChips role={role} />
          </>
        }
        about={t.mayPermissions(summary(role.permissions))}
      />
      <Columns aside={<RoleAside role={role} />}>
        <RoleForm role={role} />
        <RoleBudgets role={role} />
        <SelfTest role={role} />
        <Trust role={role} />
      </Columns>
    </>
  );
}

function RoleForm({ role }: { role: Role }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const policies = useQuery({ ...identity.policies(services), enabled: role.managed });
  const [name, setName] = useState(role.name);
  const [arn, setArn] = useState(role.arn);
  const [chosen, setChosen] = useState<readonly string[]>(role.policies.map(policy => policy.id));
  const guard = useFormGuard([name, arn, chosen]);
  const save = useApiMutation(
    client =>
      client.call<Role>(roleUrl(role.name), {
        method: "PUT",
        body: { name: name.trim(), ...(role.managed ? { policies: chosen } : { arn: arn.trim() }) },
      }),
    [keys.roles(), keys.policies(), keys.policy(), keys.users(), keys.user()],
    made => {
      guard.letGo();
      queryClient.setQueryData(identity.role(services, made.name).queryKey, made);
      if (made.name !== role.name) void navigate(rolePath(made.name), { replace: true });
    },
  );
  return (
    <Panel title={role.managed ? t.namePolicies : t.nameIamRole} padded>
      <Form
        onSubmit={() => {
          if (save.isPending) return;
          guard.send();
          save.mutate();
        }}
      >
        {save.isSuccess && <Notice>{t.saved}</Notice>}
        <ErrorNotice error={save.error} />
        <RoleNameField value={name} onChange={setName} />
        {!role.managed ? (
          <RoleArnField value={arn} onChange={setArn} />
        ) : (
          <Loaded query={policies} label={t.loadingPolicies} lines={3}>
            {data =>
              data.length === 0 ? (
                <p className="muted">
                  {t.noPoliciesYet(<Link to="/admin/policies/new">{t.makeFirstOne}</Link>)}
                </p>
              ) : (
                <ChoiceList
                  label={t.policies}
                  choices={data}
                  id={policy => policy.id}
                  name={policy => policy.title}
                  chosen={chosen}
                  onChange={setChosen}
                  beside={policy => (
                    <span className="muted cut">
                      {policy.managed ? summary(policy.permissions) : t.iamPolicy2}
                    </span>
                  )}
                />
              )
            }
          </Loaded>
        )}
        <div>
          <Button type="submit" kind="primary" busy={save.isPending}>
            {t.saveRole}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}

function Trust({ role }: { role: Role }) {
  const trust = useQuery({ ...identity.trust(useServices(), role.name), enabled: !role.managed });
  if (role.managed) return null;
  return (
    <Panel title={t.trustPolicy} padded>
      <Stack>
        <p className="muted">{t.copyIntoTrust}</p>
        <Loaded query={trust} label={t.loadingTrustPolicy} lines={4}>
          {data => <CodeBlock label={t.trustPolicy} code={data.policy} />}
        </Loaded>
      </Stack>
    </Panel>
  );
}

const MAX_SHOWN_PEOPLE = 12;

function RoleAside({ role }: { role: Role }) {
  const people = useInfiniteQuery(identity.users(useServices(), { contains: "", role: role.name }));
  const having = itemsOf(people.data);
  const navigate = useNavigate();
  const setDefault = useApiMutation(
    client => client.call("/api/v1/admin/default-role", { method: "PUT", body: { role: role.id } }),
    [keys.roles(), keys.role()],
  );
  const remove = useApiMutation(
    client => client.call(roleUrl(role.name), { method: "DELETE" }),
    [keys.roles()],
  );
  return (
    <>
      <Panel title={t.whoHasIt} padded>
        <Loaded query={people} label={t.loadingPeople} lines={2}>
          {() =>
            having.length === 0 ? (
              <p className="muted">{t.nobody2}</p>
            ) : (
              <>
                <ul className={styles.names}>
                  {having.slice(0, MAX_SHOWN_PEOPLE).map(user => (
                    <li key={user.id}>
                      <Link to={personPath(user.name)}>{user.name}</Link>
                      {user.role !== role.name && <span className="muted">{t.maySwitch}</span>}
                    </li>
                  ))}
                </ul>
                {(having.length > MAX_SHOWN_PEOPLE || people.hasNextPage) && (
                  <p>
                    <Link to={`/admin/people?role=${encode(role.name)}`}>{t.everybody}</Link>
                  </p>
                )}
              </>
            )
          }
        </Loaded>
      </Panel>
      <Panel title={t.about} padded>
        <Stack>
          <Facts
            facts={[
              [t.kind, role.managed ? t.managedPolicies : t.unmanagedIamRole],
              role.arn && ["ARN", <code key="arn">{role.arn}</code>],
            ]}
          />
          <ButtonColumn>
            <ErrorNotice error={setDefault.error} />
            {!role.is_default && (
              <Button busy={setDefault.isPending} onClick={() => setDefault.mutate()}>
                {t.makeDefault}
              </Button>
            )}
            <ConfirmButton
              label={t.deleteRole}
              title={t.deleteRole2(role.name)}
              about={t.onlyRoleNobody}
              action={remove}
              done={() => void navigate("/admin/roles")}
            />
          </ButtonColumn>
        </Stack>
      </Panel>
    </>
  );
}
