import { Mail, ShieldCheck, ShieldOff, Trash2, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Client } from "@/api/client";
import { userUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { User } from "@/api/models";
import { useMe } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { errorMessage } from "@/lib/errors";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Field } from "@/ui/Field";
import { ButtonColumn } from "@/ui/Form";
import { FormDialog } from "@/ui/FormDialog";
import { Facts, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { ErrorNotice, Notice } from "@/ui/States";
import { useKeepPerson } from "./useKeepPerson";

/** A person's account, and what administrators can do to it. */
export function PersonAccount({ user }: { user: User }) {
  const { data: me } = useMe();
  const isSelf = me?.current_user === user.name;
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  const keep = useKeepPerson(user.name);
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
  const removeFactor = useApiMutation(
    client => client.call(`${url}/second-factor`, { method: "DELETE" }),
    [keys.users()],
    () => keep({ ...user, has_second_factor: false }),
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
            user.has_second_factor && ["Second factor", "On"],
            user.is_sso_only && ["Password", "None: they sign in with a provider"],
            ["Since", <Ago key="since" at={user.created_at} />],
            ["Last sign-in", user.last_login ? <Ago key="login" at={user.last_login} /> : "never"],
          ]}
        />
      </Panel>
      <Panel title="Access" padded>
        <ButtonColumn>
          {isSelf && (
            <p className="muted">
              This is you. What is yours is on <Link to="/account">your account’s page</Link>; only other
              administrators can take your rights away.
            </p>
          )}
          <ErrorNotice error={enable.error} />
          {reset.isSuccess && <Notice>A mail with a link is on its way to {user.email}.</Notice>}
          <ConfirmButton
            label="Reset password by mail"
            kind="plain"
            icon={<Mail size={15} />}
            title={`Reset the password of ${user.name}?`}
            about={`The current password stops working, all sessions end, and a link to choose a new one is sent to ${user.email}.`}
            action={reset}
          />
          {user.has_second_factor && (
            <ConfirmButton
              label="Remove second factor"
              icon={<ShieldOff size={15} />}
              title={`Remove the second factor of ${user.name}?`}
              about="Their password alone signs them in then. Do this when they have lost their authenticator app and their recovery codes."
              action={removeFactor}
              disabled={isSelf}
            />
          )}
          <ConfirmButton
            label={user.is_admin ? "Remove administrator rights" : "Make administrator"}
            kind={user.is_admin ? "danger" : "plain"}
            icon={<ShieldCheck size={15} />}
            title={
              user.is_admin
                ? `Remove administrator rights from ${user.name}?`
                : `Make ${user.name} an administrator?`
            }
            about={
              user.is_admin
                ? "They keep what their roles permit."
                : "Administrators manage people, roles, policies, buckets and single sign-on, and may read the audit trail."
            }
            action={admin}
            disabled={isSelf}
          />
          {user.is_active ? (
            <ConfirmButton
              label="Disable"
              icon={<UserX size={15} />}
              title={`Disable ${user.name}?`}
              about="They are signed out everywhere at once, and their API keys are refused, until you enable them again."
              action={disable}
              disabled={isSelf}
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
            disabled={isSelf}
            done={() => void navigate("/admin/people")}
          />
        </ButtonColumn>
      </Panel>
      {editing && <EditPersonDialog user={user} close={() => setEditing(false)} />}
    </>
  );
}

function EditPersonDialog({ user, close }: { user: User; close: () => void }) {
  const [email, setEmail] = useState(user.email);
  const keep = useKeepPerson(user.name);
  const save = useApiMutation(
    client => client.call<User>(userUrl(user.name), { method: "PATCH", body: { email: email.trim() } }),
    [keys.users()],
    made => {
      keep(made);
      close();
    },
  );
  return (
    <FormDialog
      title={`Edit ${user.name}`}
      about="User names cannot be changed."
      submit="Save"
      action={save}
      error={null}
      onClose={close}
      onSubmit={() => save.mutate()}
    >
      <Field
        label="E-mail address"
        name="email"
        type="email"
        required
        value={email}
        error={save.isError ? errorMessage(save.error) : null}
        onChange={event => setEmail(event.target.value)}
      />
    </FormDialog>
  );
}
