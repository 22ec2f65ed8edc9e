/** The frame of the forms that push a package, and the field for its name. */
import type { ReactNode } from "react";
import { t } from "@/language/en/features/packages/push";
import { Button, ButtonLink } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Form, FormActions } from "@/ui/Form";

const PATTERN = /^[\w-]+\/[\w-]+$/;
export const isPackageName = (name: string) => PATTERN.test(name);
export const nameProblem = (name: string) => (isPackageName(name) ? null : t.writeAuthorName);

export function PushForm({
  submit,
  busy,
  disabled = false,
  cancel,
  onSubmit,
  children,
}: {
  /** What the button says that starts the push. */
  submit: string;
  busy: boolean;
  disabled?: boolean;
  /** Where Cancel leads. */
  cancel?: string;
  onSubmit: () => void;
  children: ReactNode;
}) {
  return (
    <Form free isSent={busy} onSubmit={onSubmit}>
      {children}
      <FormActions>
        <Button type="submit" kind="primary" busy={busy} disabled={busy || disabled}>
          {submit}
        </Button>
        {cancel && (
          <ButtonLink kind="quiet" to={cancel}>
            {t.cancel}
          </ButtonLink>
        )}
      </FormActions>
    </Form>
  );
}

export function PackageNameField({
  label,
  name,
  error,
  onChange,
}: {
  label: string;
  name: string;
  error: string | null;
  onChange: (name: string) => void;
}) {
  return (
    <Field
      label={label}
      name="name"
      value={name}
      onChange={event => onChange(event.target.value.trim())}
      error={error}
      placeholder="AUTHOR/NAME"
      autoCapitalize="none"
      autoComplete="off"
      spellCheck={false}
    />
  );
}
