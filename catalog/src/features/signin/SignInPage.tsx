import { useMutation, useQuery } from "@tanstack/react-query";
import { LogIn } from "lucide-react";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { useSession } from "@/api/context";
import { identity } from "@/api/identity";
import type { SignInOptions } from "@/api/models";
import { t } from "@/language/en/features/signin";
import { errorMessage, RequestError } from "@/lib/errors";
import { safeNext } from "@/lib/paths";
import { ssoProblem } from "@/lib/sso";
import { useServices } from "@/s3/context";
import { Button, ButtonAnchor } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormActions } from "@/ui/Form";
import { Notice } from "@/ui/States";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";
import styles from "./SignInPage.module.css";

export function SignInPage() {
  const services = useServices();
  const state = useSession();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"));
  const options = useQuery(identity.signInOptions(services));
  if (state === "in" || state === "enrolling") return <Navigate to={next} replace />;
  // Should the question fail, trying is still better than nothing.
  const password = options.data?.password ?? services.config.passwordAuth !== "DISABLED";
  const providers = options.data?.providers ?? [];
  const failed = params.get("error");
  return (
    <SignInLayout
      title={t.sign}
      about={params.get("next")?.startsWith("/code") ? t.thenGetCode : t.findReadShare}
    >
      {params.has("activated") && <Notice>{t.addressConfirmedAccount}</Notice>}
      {params.has("reset") && <Notice>{t.passwordChangedSign}</Notice>}
      {failed && <Notice kind="danger">{ssoProblem(failed)}</Notice>}
      {password && <PasswordForm signUp={options.data?.sign_up === "open"} />}
      {providers.length > 0 && <Providers providers={providers} next={next} alone={!password} />}
      {!password && providers.length === 0 && <Notice>{t.signingPasswordSwitched}</Notice>}
    </SignInLayout>
  );
}

function PasswordForm({ signUp }: { signUp: boolean }) {
  const { session } = useServices();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: (code: string | undefined) => session.signIn(name.trim(), password, code),
  });
  const [wantsCode, setWantsCode] = useState(false);
  const refused = signIn.error instanceof RequestError && signIn.error.code === "login_failed";
  const send = (code?: string) =>
    signIn.mutate(code, {
      onError: error => {
        if (!(error instanceof RequestError)) return;
        if (error.code === "second_factor_required") setWantsCode(true);
        if (error.code === "login_failed") setWantsCode(false);
      },
    });
  if (wantsCode)
    return (
      <CodeForm
        error={signIn.error}
        busy={signIn.isPending}
        send={send}
        back={() => {
          setWantsCode(false);
          signIn.reset();
        }}
      />
    );
  return (
    <>
      <SignInForm
        onSubmit={() => {
          if (!signIn.isPending) send();
        }}
      >
        {signIn.isError && (
          <Notice kind="danger">{refused ? t.namePasswordDo : errorMessage(signIn.error)}</Notice>
        )}
        <Field
          label={t.nameEMail}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <Field
          label={t.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={event => setPassword(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={signIn.isPending}>
          {t.sign}
        </Button>
      </SignInForm>
      <SignInLinks>
        <Link to="/reset_password">{t.forgotPassword}</Link>
        {signUp && <Link to="/signup">{t.makeAccount}</Link>}
      </SignInLinks>
    </>
  );
}

function CodeForm({
  error,
  busy,
  send,
  back,
}: {
  error: unknown;
  busy: boolean;
  send: (code: string) => void;
  back: () => void;
}) {
  const [code, setCode] = useState("");
  const [recovering, setRecovering] = useState(false);
  const isAsked = error instanceof RequestError && error.code === "second_factor_required";
  return (
    <>
      <SignInForm onSubmit={() => !busy && send(code.trim())}>
        {error !== null && !isAsked && <Notice kind="danger">{errorMessage(error)}</Notice>}
        <Field
          key={recovering ? "recovery" : "code"}
          label={recovering ? t.recoveryCode : t.codeAuthenticatorApp}
          name="code"
          inputMode={recovering ? "text" : "numeric"}
          autoComplete={recovering ? "off" : "one-time-code"}
          autoCapitalize="none"
          spellCheck={false}
          required
          help={recovering ? t.eachRecoveryCode : t.sixDigitsChange}
          value={code}
          onChange={event => setCode(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={busy}>
          {t.sign}
        </Button>
      </SignInForm>
      <FormActions>
        <Button
          kind="quiet"
          small
          onClick={() => {
            setRecovering(!recovering);
            setCode("");
          }}
        >
          {recovering ? t.useAuthenticatorApp : t.useRecoveryCode}
        </Button>
        <Button kind="quiet" small onClick={back}>
          {t.back}
        </Button>
      </FormActions>
    </>
  );
}

function Providers({
  providers,
  next,
  alone,
}: {
  providers: SignInOptions["providers"];
  next: string;
  alone: boolean;
}) {
  return (
    <>
      {!alone && <div className={styles.or}>{t.or}</div>}
      <div className={styles.providers}>
        {providers.map(provider => (
          <ButtonAnchor
            key={provider.name}
            kind={alone ? "primary" : "plain"}
            icon={<LogIn size={15} />}
            href={`${provider.start}?next=${encodeURIComponent(next)}`}
          >
            {t.continueLabel(provider.label)}
          </ButtonAnchor>
        ))}
      </div>
    </>
  );
}
