import { keys } from "@/api/keys";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail, ScrollText, ShieldCheck, Trash2, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { Client } from "@/api/client";
import { identity, userUrl } from "@/api/identity";
import { useApiMutation } from "@/api/useApiMutation";
import type { Role, User } from "@/api/models";
import { useMe } from "@/api/queries";
import { itemsOf, useMore } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { encode } from "@/lib/paths";
import { keyColumns } from "@/features/account/keyColumns";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Check, Field } from "@/ui/Field";
import { Chip, Columns, Crumbs, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import { Table } from "@/ui/Table";
import styles from "./Admin.module.css";
import { PersonSessions } from "./PersonSessions";

export function PersonPage() {
  const { name = "" } = useParams();
  const services = useServices();
  const person = useQuery(identity.user(services, name));
  return (
    <Page title={name}>
      <Crumbs steps={[{ label: "People", to: "/admin/people" }, { label: name }]} />
      {person.isPending ? (
        <Loading label="Loading" />
      ) : person.isError ? (
        <>
          <h1 className="hidden">{name}</h1>
          <Failure error={person.error} retry={person.refetch} />
        </>
      ) : (
        <Known user={person.data} />
      )}
    </Page>
  );
}

function Known({ user }: { user: User }) {
  const roles = useQuery(identity.roles(useServices()));
  return (
    <>
      <Head
        title={
          <>
            {user.name} {user.is_admin && <Chip kind="accent">administrator</Chip>}{" "}
            {!user.is_active && <Chip kind="warn">disabled</Chip>}
          </>
        }
        about={user.email}
      >
        <ButtonLink to={`/admin/audit?user=${encode(user.name)}`} icon={<ScrollText size={15} />}>
          What they did
        </ButtonLink>
      </Head>
      <Columns aside={<Aside user={user} />}>
        <Panel title="Roles" padded>
          {roles.isPending ? (
            <Loading rows={3} label="Loading roles" />
          ) : roles.isError ? (
            <Failure error={roles.error} retry={roles.refetch} />
          ) : (
            <Roles key={`${user.roles.join()} ${user.role ?? ""}`} user={user} roles={roles.data} />
          )}
        </Panel>
        <PersonSessions user={user} />
        <ApiKeys user={user} />
      </Columns>
    </>
  );
}

function useKeep(name: string) {
  const services = useServices();
  const queryClient = useQueryClient();
  return (user: User) => queryClient.setQueryData(identity.user(services, name).queryKey, user);
}

function Roles({ user, roles }: { user: User; roles: readonly Role[] }) {
  const [chosen, setChosen] = useState<readonly string[]>(user.roles);
  const [active, setActive] = useState(user.role);
  const keep = useKeep(user.name);
  const save = useApiMutation(
    client =>
      client.call<User>(`${userUrl(user.name)}/roles`, { method: "PUT", body: { roles: chosen, active } }),
    [keys.users()],
    keep,
  );
  const toggle = (role: string, on: boolean) => {
    const now = on ? [...chosen, role] : chosen.filter(each => each !== role);
    setChosen(now);
    if (active === null || !now.includes(active)) setActive(now[0] ?? null);
  };
  const changed = active !== user.role || [...chosen].toSorted().join() !== user.roles.toSorted().join();
  return (
    <div className={styles.stack}>
      {user.is_governed && (
        <Notice>
          Single sign-on decides about these roles: its configuration gives them at every sign-in.
        </Notice>
      )}
      {save.isError && <Notice kind="danger">{said(save.error)}</Notice>}
      <ul className={styles.choices}>
        {roles.map(role => (
          <li key={role.id}>
            <Check
              label={role.name}
              checked={chosen.includes(role.name)}
              onChange={on => toggle(role.name, on)}
            />
            {chosen.includes(role.name) && (
              <label className={styles.active}>
                <input
                  type="radio"
                  name="active"
                  checked={active === role.name}
                  onChange={() => setActive(role.name)}
                  aria-label={`${role.name} is active`}
                />
                active
              </label>
            )}
          </li>
        ))}
      </ul>
      <div className={styles.row}>
        <Button kind="primary" disabled={!changed} busy={save.isPending} onClick={() => save.mutate()}>
          Save roles
        </Button>
        <span className="muted">
          {chosen.length === 0
            ? "Without a role they see no bucket."
            : "They act under the active one, and may switch to the others."}
        </span>
      </div>
    </div>
  );
}

function ApiKeys({ user }: { user: User }) {
  const keys = useInfiniteQuery(identity.allKeys(useServices(), { email: user.email }));
  const more = useMore(keys);
  const rows = itemsOf(keys.data).filter(key => key.user === user.name);
  return (
    <Panel title="API keys" label="API keys">
      {keys.isPending ? (
        <Loading rows={2} label="Loading API keys" />
      ) : keys.isError && rows.length === 0 ? (
        <Failure error={keys.error} retry={keys.refetch} />
      ) : rows.length === 0 ? (
        <Empty title="No API keys" />
      ) : (
        <>
          <Table
            label="API keys"
            columns={keyColumns("/api/v1/admin/keys").filter(column => column.id !== "made")}
            rows={rows}
            id={row => row.id}
            more={more}
          />
          <MoreFailed query={keys} />
        </>
      )}
    </Panel>
  );
}

function Aside({ user }: { user: User }) {
  const { data: me } = useMe();
  const oneself = me?.current_user === user.name;
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  const keep = useKeep(user.name);
  const url = userUrl(user.name);
  const post = (client: Client, what: string) => client.call<User>(`${url}/${what}`, { method: "POST" });
  const enable = useApiMutation(client => post(client, "enable"), [keys.users()], keep);
  const disable = useApiMutation(client => post(client, "disable"), [keys.users()], keep);
  const reset = useApiMutation(client => post(client, "reset-password"), [keys.users()], keep);
  const admin = useApiMutation(
    client => client.call<User>(url, { method: "PATCH", body: { is_admin: !user.is_admin } }),
    [keys.users()],
    keep,
  );
  const remove = useApiMutation(client => client.call(url, { method: "DELETE" }), [keys.users()]);
  return (
    <>
      <Panel
        title="Account"
        padded
        tools={
          <Button small onClick={() => setEditing(true)}>
            Edit
          </Button>
        }
      >
        <Facts
          facts={[
            ["Name", user.name],
            ["E-mail", user.email],
            user.is_sso_only && ["Password", "None: they sign in with a provider"],
            ["Since", <Ago key="since" at={user.created_at} />],
            ["Last sign-in", user.last_login ? <Ago key="login" at={user.last_login} /> : "never"],
          ]}
        />
      </Panel>
      <Panel title="Access" padded>
        <div className={styles.actions}>
          {oneself && (
            <p className="muted">
              This is you. What is yours is on <Link to="/account">your account’s page</Link>; rights are
              taken from you by other administrators only.
            </p>
          )}
          {enable.isError && <Notice kind="danger">{said(enable.error)}</Notice>}
          {reset.isSuccess && <Notice>A mail with a link is on its way to {user.email}.</Notice>}
          <ConfirmButton
            label="Reset password by mail"
            kind="plain"
            icon={<Mail size={15} />}
            title={`Reset the password of ${user.name}?`}
            about={`The present one is taken away, all sessions end, and a link to choose another goes to ${user.email}.`}
            action={reset}
          />
          <ConfirmButton
            label={user.is_admin ? "Take administrator’s rights" : "Make administrator"}
            kind={user.is_admin ? "danger" : "plain"}
            icon={<ShieldCheck size={15} />}
            title={
              user.is_admin
                ? `Take ${user.name}’s rights as administrator?`
                : `Make ${user.name} an administrator?`
            }
            about={
              user.is_admin
                ? "What their roles permit stays."
                : "Administrators manage people, roles, policies, buckets and single sign-on, and may read the audit trail."
            }
            action={admin}
            disabled={oneself}
          />
          {user.is_active ? (
            <ConfirmButton
              label="Disable"
              icon={<UserX size={15} />}
              title={`Disable ${user.name}?`}
              about="They are signed out everywhere within 10 seconds, and their API keys are refused, until you enable them again."
              action={disable}
              disabled={oneself}
            />
          ) : (
            <Button icon={<UserCheck size={15} />} busy={enable.isPending} onClick={() => enable.mutate()}>
              Enable
            </Button>
          )}
          <ConfirmButton
            label="Delete"
            icon={<Trash2 size={15} />}
            title={`Delete ${user.name}?`}
            about="Their account, sessions and API keys are gone. What they pushed stays."
            action={remove}
            disabled={oneself}
            done={() => void navigate("/admin/people")}
          />
        </div>
      </Panel>
      {editing && <EditEmail user={user} close={() => setEditing(false)} />}
    </>
  );
}

function EditEmail({ user, close }: { user: User; close: () => void }) {
  const [email, setEmail] = useState(user.email);
  const keep = useKeep(user.name);
  const save = useApiMutation(
    client => client.call<User>(userUrl(user.name), { method: "PATCH", body: { email: email.trim() } }),
    [keys.users()],
    made => {
      keep(made);
      close();
    },
  );
  return (
    <Modal open onClose={close} title={`Edit ${user.name}`} about="Names stay as they are.">
      <ModalForm onSubmit={() => save.mutate()}>
        <Field
          label="E-mail address"
          name="email"
          type="email"
          required
          value={email}
          error={save.isError ? said(save.error) : null}
          onChange={event => setEmail(event.target.value)}
        />
        <ModalActions>
          <Button type="submit" kind="primary" busy={save.isPending}>
            Save
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
