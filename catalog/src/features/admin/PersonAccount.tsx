import { Mail, ShieldCheck, ShieldOff, Trash2, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Client } from "@/api/client";
import { userUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { User } from "@/api/models";
import { useMe } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
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
        title={t.account}
        padded
        tools={
          <Button small onClick={() => setEditing(true)}>
            {t.edit}
          </Button>
        }
      >
        <Facts
          facts={[
            [t.name, user.name],
            [t.eMail, user.email],
            user.has_second_factor && [t.secondFactor, t.on],
            user.is_sso_only && [t.password, t.noneSignProvider],
            [t.since, <Ago key="since" at={user.created_at} />],
            [t.lastSign, user.last_login ? <Ago key="login" at={user.last_login} /> : t.never],
          ]}
        />
      </Panel>
      <Panel title={t.access} padded>
        <ButtonColumn>
          {isSelf && <p className="muted">{t.yoursOnlyOther(<Link to="/account">{t.accountsPage}</Link>)}</p>}
          <ErrorNotice error={enable.error} />
          {reset.isSuccess && <Notice>{t.mailLinkWay(user.email)}</Notice>}
          <ConfirmButton
            label={t.resetPasswordMail}
            kind="plain"
            icon={<Mail size={15} />}
            title={t.resetPassword(user.name)}
            about={t.currentPasswordStops(user.email)}
            action={reset}
          />
          {user.has_second_factor && (
            <ConfirmButton
              label={t.removeSecondFactor}
              icon={<ShieldOff size={15} />}
              title={t.removeSecondFactor2(user.name)}
              about={t.passwordAloneSigns}
              action={removeFactor}
              disabled={isSelf}
            />
          )}
          <ConfirmButton
            label={user.is_admin ? t.removeAdministratorRights : t.makeAdministrator2}
            kind={user.is_admin ? "danger" : "plain"}
            icon={<ShieldCheck size={15} />}
            title={user.is_admin ? t.removeAdministratorRights2(user.name) : t.makeAdministrator3(user.name)}
            about={user.is_admin ? t.keepRolesPermit : t.administratorsManagePeople}
            action={admin}
            disabled={isSelf}
          />
          {user.is_active ? (
            <ConfirmButton
              label={t.disable}
              icon={<UserX size={15} />}
              title={t.disableName(user.name)}
              about={t.signedOutEverywhere}
              action={disable}
              disabled={isSelf}
            />
          ) : (
            <Button icon={<UserCheck size={15} />} busy={enable.isPending} onClick={() => enable.mutate()}>
              {t.enable}
            </Button>
          )}
          <ConfirmButton
            label={t.delete}
            icon={<Trash2 size={15} />}
            title={t.deleteName(user.name)}
            about={t.accountSessionsApi}
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
      title={t.editName(user.name)}
      about={t.userNamesCannot}
      submit={t.save}
      action={save}
      error={null}
      onClose={close}
      onSubmit={() => save.mutate()}
    >
      <Field
        label={t.eMailAddress}
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
