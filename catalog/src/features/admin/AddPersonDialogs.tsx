import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Invitation, InvitationCreate, User, UserCreate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { ACCOUNT_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Check, Choice, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { personPath } from "./paths";

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const nameRule = () => t.lowerCaseLetter;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
const BY_DEFAULT = "";

export function CreatePerson({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState(BY_DEFAULT);
  const [admin, setAdmin] = useState(false);
  const [mail, setMail] = useState(true);
  const [tried, setTried] = useState(false);
  const create = useApiMutation(
    async (client, body: UserCreate) => {
      const made = await client.call<User>("/api/v1/admin/users", { method: "POST", body });
      if (mail) await client.call(`/api/v1/admin/users/${made.name}/reset-password`, { method: "POST" });
      return made;
    },
    [keys.users()],
    made => void navigate(personPath(made.name)),
  );
  const refusal = refusalOf(create.error, ACCOUNT_FIELDS);
  const wrong = {
    name: NAME.test(name) ? null : nameRule(),
    email: EMAIL.test(email.trim()) ? null : t.notEMail,
  };
  return (
    <FormDialog
      title={t.addSomebody}
      about={t.accountActiveOnce}
      submit={t.add}
      action={create}
      error={refusal.other}
      onClose={close}
      onSubmit={() => {
        setTried(true);
        if (wrong.name || wrong.email) return;
        create.mutate({
          name,
          email: email.trim(),
          is_admin: admin,
          ...(role === BY_DEFAULT ? {} : { roles: [role] }),
        });
      }}
    >
      <Field
        label={t.userName}
        name="name"
        required
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={name}
        error={(tried ? wrong.name : null) ?? refusal.on("username")}
        onChange={event => setName(event.target.value)}
      />
      <Field
        label={t.eMailAddress}
        name="email"
        type="email"
        required
        autoComplete="off"
        value={email}
        error={(tried ? wrong.email : null) ?? refusal.on("email")}
        onChange={event => setEmail(event.target.value)}
      />
      <RoleChoice role={role} onChange={setRole} />
      <Check label={t.sendLinkChoose} checked={mail} onChange={setMail} />
      <Check label={t.makeAdministrator} checked={admin} onChange={setAdmin} />
    </FormDialog>
  );
}

/** The role that somebody new gets. */
function RoleChoice({ role, onChange }: { role: string; onChange: (role: string) => void }) {
  const roles = useQuery(identity.roles(useServices()));
  const byDefault = roles.data?.find(each => each.is_default)?.name;
  return (
    <Choice
      label={t.role}
      options={[
        [BY_DEFAULT, byDefault ? t.defaultByDefault(byDefault) : t.defaultNone],
        ...(roles.data ?? []).map(each => [each.name, each.name] as const),
      ]}
      value={role}
      onChange={onChange}
    />
  );
}

export function InvitePerson({ close }: { close: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState(BY_DEFAULT);
  const [tried, setTried] = useState(false);
  const invite = useApiMutation(
    (client, body: InvitationCreate) =>
      client.call<Invitation>("/api/v1/admin/invitations", { method: "POST", body }),
    [keys.invitations()],
  );
  const wrong = {
    name: name === "" || NAME.test(name) ? null : nameRule(),
    email: EMAIL.test(email.trim()) ? null : t.notEMail,
  };
  if (invite.isSuccess)
    return (
      <Modal open onClose={close} title={t.invited} about={t.linkSignUp(email.trim())}>
        <ModalForm onSubmit={close}>
          <p className="muted">{t.worksOnceWithin}</p>
          <ModalActions cancel={t.done} />
        </ModalForm>
      </Modal>
    );
  return (
    <FormDialog
      title={t.inviteSomebody}
      about={t.getMailLink}
      submit={t.sendInvitation}
      action={invite}
      onClose={close}
      onSubmit={() => {
        setTried(true);
        if (wrong.name || wrong.email) return;
        invite.mutate({
          email: email.trim(),
          ...(name && { name }),
          ...(role === BY_DEFAULT ? {} : { role }),
        });
      }}
    >
      <Field
        label={t.eMailAddress}
        name="email"
        type="email"
        required
        autoComplete="off"
        value={email}
        error={tried ? wrong.email : null}
        onChange={event => setEmail(event.target.value)}
      />
      <Field
        label={t.userName}
        name="name"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        help={t.mayChooseAnother}
        value={name}
        error={tried ? wrong.name : null}
        onChange={event => setName(event.target.value)}
      />
      <RoleChoice role={role} onChange={setRole} />
    </FormDialog>
  );
}
