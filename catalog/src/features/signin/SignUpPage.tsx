import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { useSession } from "@/api/context";
import { callAnonymously, identity } from "@/api/identity";
import type { InvitationOffer, SignedUp } from "@/api/models";
import { t } from "@/language/en/features/signin";
import { ACCOUNT_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { NewPassword, useNewPassword } from "@/ui/NewPassword";
import { ErrorNotice, Failure, Loading, Notice } from "@/ui/States";
import { EmailField } from "./EmailField";
import { MailSent } from "./MailSent";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";

const signIn = () => (
  <SignInLinks>
    <span>{t.accountSignIn(<Link to="/signin">{t.sign}</Link>)}</span>
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
      <SignInLayout title={t.makeAccount}>
        <Failure error={options.error} retry={options.refetch} />
      </SignInLayout>
    );
  const how = options.data.sign_up;
  if (how === "off" || (how === "invite" && !invitation))
    return (
      <SignInLayout title={t.makeAccount}>
        <Notice>{how === "off" ? t.signUpOff : t.accountsInvitationOpen}</Notice>
        {signIn()}
      </SignInLayout>
    );
  return invitation ? <InvitedSignUp invitation={invitation} /> : <SignUpForm />;
}

function InvitedSignUp({ invitation }: { invitation: string }) {
  const offer = useQuery(identity.invitation(useServices(), invitation));
  if (offer.isPending) return <Loading rows={4} />;
  if (offer.isError)
    return (
      <SignInLayout title={t.makeAccount}>
        <Failure error={offer.error} retry={offer.refetch} />
        {signIn()}
      </SignInLayout>
    );
  return <SignUpForm invited={{ link: invitation, ...offer.data }} />;
}

/** `invited`: who accepts an invitation is signed in at once, since its mail has confirmed the address. */
function SignUpForm({ invited }: { invited?: InvitationOffer & { link: string } }) {
  const services = useServices();
  const [username, setUsername] = useState(invited?.name ?? "");
  const [email, setEmail] = useState(invited?.email ?? "");
  const chosen = useNewPassword();
  const signUp = useMutation({
    mutationFn: async () => {
      const made = await callAnonymously<SignedUp>(services, "/api/v1/accounts", {
        method: "POST",
        body: {
          username,
          email: email.trim(),
          password: chosen.password,
          ...(invited ? { invitation: invited.link } : {}),
        },
      });
      // Should it fail, the sign-in page is one click away.
      if (made.is_active) await services.session.signIn(username, chosen.password).catch(() => undefined);
      return made;
    },
  });
  if (signUp.isSuccess)
    return signUp.data.is_active ? (
      <SignInLayout title={t.welcome} about={t.accountReady}>
        <ButtonLink to="/signin" kind="primary">
          {t.sign}
        </ButtonLink>
      </SignInLayout>
    ) : (
      <MailSent about={<>{t.weSentLink(email.trim())}</>} links={signIn()}>
        {t.openWithinDay}
      </MailSent>
    );
  const refusal = refusalOf(signUp.error, ACCOUNT_FIELDS);
  return (
    <SignInLayout
      title={t.makeAccount}
      about={invited && t.invitesChooseName(invited.invited_by || t.administrator)}
    >
      <SignInForm
        onSubmit={() => {
          if (chosen.check() && !signUp.isPending) signUp.mutate();
        }}
      >
        <ErrorNotice error={refusal.other} />
        <Field
          label={t.userName}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          help={t.lowerCaseLetter}
          value={username}
          error={refusal.on("username")}
          onChange={event => setUsername(event.target.value)}
        />
        {invited ? (
          <p className="muted">{t.addressEmail(<b>{invited.email}</b>)}</p>
        ) : (
          <EmailField email={email} onChange={setEmail} error={refusal.on("email")} />
        )}
        {invited && <ErrorNotice error={refusal.on("email") ? signUp.error : null} />}
        <NewPassword label={t.password} chosen={chosen} refused={refusal.on("password")} />
        <Button type="submit" kind="primary" busy={signUp.isPending}>
          {t.makeMyAccount}
        </Button>
      </SignInForm>
      {signIn()}
    </SignInLayout>
  );
}
