import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { useSession } from "@/api/context";
import { callAnonymously, identity } from "@/api/identity";
import type { SignedUp } from "@/api/models";
import { ACCOUNT_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { NewPassword, useNewPassword } from "@/ui/NewPassword";
import { ErrorNotice, Failure, Loading, Notice } from "@/ui/States";
import { EmailField } from "./EmailField";
import { MailSent } from "./MailSent";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";

const SIGN_IN = (
  <SignInLinks>
    <span>
      You have an account? <Link to="/signin">Sign in</Link>
    </span>
  </SignInLinks>
);

export function SignUpPage() {
  const services = useServices();
  const state = useSession();
  const [params] = useSearchParams();
  const invitation = params.get("invitation");
  const options = useQuery(identity.signInOptions(services));
  if (state === "in") return <Navigate to="/" replace />;
  if (options.isPending) return <Loading rows={4} />;
  if (options.isError)
    return (
      <SignInLayout title="Make an account">
        <Failure error={options.error} retry={options.refetch} />
      </SignInLayout>
    );
  const how = options.data.sign_up;
  if (how === "off" || (how === "invite" && !invitation))
    return (
      <SignInLayout title="Make an account">
        <Notice>
          {how === "off"
            ? "Sign-up is off here. Ask an administrator for an account."
            : "Accounts are by invitation here. Open the link in your invitation, or ask an administrator for one."}
        </Notice>
        {SIGN_IN}
      </SignInLayout>
    );
  return <SignUpForm invitation={invitation} />;
}

function SignUpForm({ invitation }: { invitation: string | null }) {
  const services = useServices();
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const chosen = useNewPassword();
  const signUp = useMutation({
    mutationFn: () =>
      callAnonymously<SignedUp>(services, "/api/v1/accounts", {
        method: "POST",
        body: {
          username,
          email: email.trim(),
          password: chosen.password,
          ...(invitation ? { invitation } : {}),
        },
      }),
  });
  if (signUp.isSuccess)
    return signUp.data.is_active ? (
      <SignInLayout title="Welcome" about="Your account is ready.">
        <ButtonLink to="/signin" kind="primary">
          Sign in
        </ButtonLink>
      </SignInLayout>
    ) : (
      <MailSent about={<>We have sent a link to {email.trim()}.</>} links={SIGN_IN}>
        Open it within a day to confirm that the address is yours; then your account is active. Nothing there?
        Check your spam folder.
      </MailSent>
    );
  const refusal = refusalOf(signUp.error, ACCOUNT_FIELDS);
  return (
    <SignInLayout
      title="Make an account"
      about={invitation && "You were invited. Choose a name and a password."}
    >
      <SignInForm
        onSubmit={() => {
          if (chosen.check() && !signUp.isPending) signUp.mutate();
        }}
      >
        <ErrorNotice error={refusal.other} />
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          help="A lower-case letter, then lower-case letters, digits, _ and -."
          value={username}
          error={refusal.on("username")}
          onChange={event => setUsername(event.target.value)}
        />
        <EmailField email={email} onChange={setEmail} error={refusal.on("email")} />
        <NewPassword label="Password" chosen={chosen} refused={refusal.on("password")} />
        <Button type="submit" kind="primary" busy={signUp.isPending}>
          Make my account
        </Button>
      </SignInForm>
      {SIGN_IN}
    </SignInLayout>
  );
}
