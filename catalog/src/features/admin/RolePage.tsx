import { keys } from "@/api/keys";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { identity, roleUrl } from "@/api/identity";
import { useApiMutation } from "@/api/useApiMutation";
import type { Policy, Role } from "@/api/models";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { encode } from "@/lib/paths";
import { summary } from "@/lib/permissions";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { CodeBlock } from "@/ui/Copy";
import { Check, Field } from "@/ui/Field";
import { Chip, Columns, Crumbs, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Failure, Loading, Notice, said } from "@/ui/States";
import styles from "./Admin.module.css";
import { personPath, rolePath } from "./paths";
import { SelfTest } from "./SelfTest";

export function RolePage() {
  const { name = "" } = useParams();
  const role = useQuery(identity.role(useServices(), name));
  return (
    <Page title={name}>
      <Crumbs steps={[{ label: "Roles", to: "/admin/roles" }, { label: name }]} />
      {role.isPending ? (
        <Loading label="Loading the role" />
      ) : role.isError ? (
        <>
          <h1 className="hidden">{name}</h1>
          <Failure error={role.error} retry={role.refetch} />
        </>
      ) : (
        <Known key={role.data.id} role={role.data} />
      )}
    </Page>
  );
}

function Known({ role }: { role: Role }) {
  return (
    <>
      <Head
        title={
          <>
            {role.name} {role.is_default && <Chip kind="accent">default</Chip>}{" "}
            {!role.managed && <Chip>unmanaged</Chip>}
          </>
        }
        about={`May ${summary(role.permissions)}.`}
      />
      <Columns aside={<Aside role={role} />}>
        <Edit role={role} />
        <SelfTest role={role} />
        <Trust role={role} />
      </Columns>
    </>
  );
}

function Edit({ role }: { role: Role }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const policies = useQuery({ ...identity.policies(services), enabled: role.managed });
  const [name, setName] = useState(role.name);
  const [arn, setArn] = useState(role.arn);
  const [chosen, setChosen] = useState<readonly string[]>(role.policies.map(policy => policy.id));
  const save = useApiMutation(
    client =>
      client.call<Role>(roleUrl(role.name), {
        method: "PUT",
        body: { name: name.trim(), ...(role.managed ? { policies: chosen } : { arn: arn.trim() }) },
      }),
    [keys.roles(), keys.policies(), keys.policy(), keys.users(), keys.user()],
    made => {
      queryClient.setQueryData(identity.role(services, made.name).queryKey, made);
      if (made.name !== role.name) void navigate(rolePath(made.name), { replace: true });
    },
  );
  return (
    <Panel title={role.managed ? "Name and policies" : "Name and IAM role"} padded>
      <form
        className={styles.stack}
        onSubmit={event => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        {save.isSuccess && <Notice>Saved.</Notice>}
        {save.isError && <Notice kind="danger">{said(save.error)}</Notice>}
        <Field
          label="Name"
          name="name"
          required
          maxLength={64}
          autoComplete="off"
          value={name}
          onChange={event => setName(event.target.value)}
        />
        {!role.managed ? (
          <Field
            label="ARN of the IAM role"
            name="arn"
            required
            autoComplete="off"
            spellCheck={false}
            value={arn}
            onChange={event => setArn(event.target.value)}
          />
        ) : policies.isPending ? (
          <Loading rows={3} label="Loading policies" />
        ) : policies.isError ? (
          <Failure error={policies.error} retry={policies.refetch} />
        ) : policies.data.length === 0 ? (
          <p className="muted">
            There are no policies yet. <Link to="/admin/policies/new">Make the first one.</Link>
          </p>
        ) : (
          <Policies policies={policies.data} chosen={chosen} choose={setChosen} />
        )}
        <div>
          <Button type="submit" kind="primary" busy={save.isPending}>
            Save role
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Policies({
  policies,
  chosen,
  choose,
}: {
  policies: readonly Policy[];
  chosen: readonly string[];
  choose: (chosen: readonly string[]) => void;
}) {
  return (
    <ul className={styles.choices} aria-label="Policies">
      {policies.map(policy => (
        <li key={policy.id}>
          <Check
            label={policy.title}
            checked={chosen.includes(policy.id)}
            onChange={on => choose(on ? [...chosen, policy.id] : chosen.filter(id => id !== policy.id))}
          />
          <span className="muted cut">{policy.managed ? summary(policy.permissions) : "IAM policy"}</span>
        </li>
      ))}
    </ul>
  );
}

function Trust({ role }: { role: Role }) {
  const trust = useQuery({ ...identity.trust(useServices(), role.name), enabled: !role.managed });
  if (role.managed) return null;
  return (
    <Panel title="Trust policy" padded>
      <div className={styles.stack}>
        <p className="muted">
          The IAM role has to say this, so that it can be assumed for this role, and for no other. Copy it to
          its trust relationships.
        </p>
        {trust.isPending ? (
          <Loading rows={4} label="Loading the trust policy" />
        ) : trust.isError ? (
          <Failure error={trust.error} retry={trust.refetch} />
        ) : (
          <CodeBlock label="Trust policy" code={trust.data.policy} />
        )}
      </div>
    </Panel>
  );
}

const SHOWN = 12;

function Aside({ role }: { role: Role }) {
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
      <Panel title="Who has it" padded>
        {people.isPending ? (
          <Loading rows={2} label="Loading people" />
        ) : people.isError ? (
          <Failure error={people.error} retry={people.refetch} />
        ) : having.length === 0 ? (
          <p className="muted">Nobody.</p>
        ) : (
          <>
            <ul className={styles.names}>
              {having.slice(0, SHOWN).map(user => (
                <li key={user.id}>
                  <Link to={personPath(user.name)}>{user.name}</Link>
                  {user.role !== role.name && <span className="muted"> may switch to it</span>}
                </li>
              ))}
            </ul>
            {(having.length > SHOWN || people.hasNextPage) && (
              <p>
                <Link to={`/admin/people?role=${encode(role.name)}`}>Everybody who has it</Link>
              </p>
            )}
          </>
        )}
      </Panel>
      <Panel title="About" padded>
        <div className={styles.stack}>
          <Facts
            facts={[
              ["Kind", role.managed ? "Managed: by policies here" : "Unmanaged: an IAM role"],
              role.arn && ["ARN", <code key="arn">{role.arn}</code>],
            ]}
          />
          <div className={styles.actions}>
            {setDefault.isError && <Notice kind="danger">{said(setDefault.error)}</Notice>}
            {!role.is_default && (
              <Button busy={setDefault.isPending} onClick={() => setDefault.mutate()}>
                Make it the default
              </Button>
            )}
            <ConfirmButton
              label="Delete role"
              title={`Delete the role ${role.name}?`}
              about="Only a role that nobody has can be deleted. Its policies stay."
              action={remove}
              done={() => void navigate("/admin/roles")}
            />
          </div>
        </div>
      </Panel>
    </>
  );
}
