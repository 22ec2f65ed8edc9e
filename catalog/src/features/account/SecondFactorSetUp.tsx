import { useState } from "react";
import { SECOND_FACTOR_URL } from "@/api/identity";
import type { RecoveryCodes as Codes, SecondFactorSecret } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { CODE_FIELDS, refusalOf } from "@/lib/forms";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import { Field } from "@/ui/Field";
import { Form, FormActions } from "@/ui/Form";
import { QrCode } from "@/ui/QrCode";
import { ErrorNotice } from "@/ui/States";
import { RecoveryCodes } from "./RecoveryCodes";

/** Sets a second factor up in three steps: the password, a first code, the recovery codes. */
export function SecondFactorSetUp({ done, cancel }: { done: () => void; cancel?: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useApiMutation(
    client => client.call<SecondFactorSecret>(SECOND_FACTOR_URL, { method: "POST", body: { password } }),
    [],
  );
  const confirm = useApiMutation(
    client =>
      client.call<Codes>(`${SECOND_FACTOR_URL}/confirm`, { method: "POST", body: { code: code.trim() } }),
    [],
  );
  if (confirm.isSuccess) return <RecoveryCodes codes={confirm.data.codes} done={done} />;
  const leave = cancel && (
    <Button kind="quiet" onClick={cancel}>
      {t.cancel}
    </Button>
  );
  if (!begin.isSuccess) {
    const refusal = refusalOf(begin.error, CODE_FIELDS);
    return (
      <Form narrow onSubmit={() => !begin.isPending && begin.mutate()}>
        <ErrorNotice error={refusal.other} />
        <Field
          label={t.password2}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          error={refusal.on("password")}
          onChange={event => setPassword(event.target.value)}
        />
        <FormActions>
          <Button type="submit" kind="primary" busy={begin.isPending}>
            {t.continue}
          </Button>
          {leave}
        </FormActions>
      </Form>
    );
  }
  const refusal = refusalOf(confirm.error, CODE_FIELDS);
  return (
    <Form narrow onSubmit={() => !confirm.isPending && confirm.mutate()}>
      <p>{t.scanAuthenticatorApp}</p>
      <QrCode text={begin.data.uri} label={t.qrCodeAuthenticator} />
      <CodeBlock label={t.secret} code={begin.data.secret} />
      <ErrorNotice error={refusal.other} />
      <Field
        label={t.codeAppShows}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        value={code}
        error={refusal.on("code")}
        onChange={event => setCode(event.target.value)}
      />
      <FormActions>
        <Button type="submit" kind="primary" busy={confirm.isPending}>
          {t.switch2}
        </Button>
        {leave}
      </FormActions>
    </Form>
  );
}
