/** What the list of roles, the dialog that makes one and the page of one have in common. */
import type { Role } from "@/api/models";
import { t } from "@/language/en/features/admin";
import { Field } from "@/ui/Field";
import { Chip } from "@/ui/Layout";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | null;
}

export function RoleNameField({ value, onChange, error = null }: Props) {
  return (
    <Field
      label={t.name}
      name="name"
      required
      maxLength={64}
      autoComplete="off"
      value={value}
      error={error}
      onChange={event => onChange(event.target.value)}
    />
  );
}

export function RoleArnField({ value, onChange, error = null }: Props) {
  return (
    <Field
      label={t.arnIamRole}
      name="arn"
      required
      autoComplete="off"
      spellCheck={false}
      placeholder="arn:aws:iam::123456789012:role/Curators"
      value={value}
      error={error}
      onChange={event => onChange(event.target.value)}
    />
  );
}

export function RoleChips({ role }: { role: Role }) {
  return (
    <>
      {role.is_default && <Chip kind="accent">{t.default2}</Chip>}{" "}
      {!role.managed && <Chip>{t.unmanaged}</Chip>}
    </>
  );
}
