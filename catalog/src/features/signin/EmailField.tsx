import { t } from "@/language/en/features/signin";
import { Field } from "@/ui/Field";

export function EmailField({
  email,
  onChange,
  error = null,
}: {
  email: string;
  onChange: (email: string) => void;
  error?: string | null;
}) {
  return (
    <Field
      label={t.eMailAddress}
      name="email"
      type="email"
      autoComplete="email"
      required
      value={email}
      error={error}
      onChange={event => onChange(event.target.value)}
    />
  );
}
