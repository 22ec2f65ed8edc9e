import { useMutation, useQuery } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { identity, openly } from "@/api/identity";
import type { SignedUp } from "@/api/models";
import { useSession } from "@/api/context";
import { useServices } from "@/s3/context";
import { ACCOUNT_FIELDS, passwordProblem, sorted } from "@/lib/forms";
import { Button, ButtonLink } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { NewPassword } from "@/ui/NewPassword";
import { Failure, Loading, Notice, said } from "@/ui/States";
import { Below, Entry, EntryForm } from "./SignInLayout";

const SIGN_IN = (
  <Below>
    <span>
      You have an account? <Link to="/signin">Sign in</Link>
    </span>
  </Below>
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
      <Entry title="Make an account">
        <Failure error={options.error} retry={options.refetch} />
      </Entry>
    );
  const how = options.data.sign_up;
  if (how === "off" || (how === "invite" && !invitation))
    return (
      <Entry title="Make an account">
        <Notice>
          {how === "off"
            ? "People do not sign up here themselves. Ask an administrator for an account."
            : "Accounts are by invitation here. Open the link in your invitation, or ask an administrator for one."}
        </Notice>
        {SIGN_IN}
      </Entry>
    );
  return <Form invitation={invitation} />;
}

function Form({ invitation }: { invitation: string | null }) {
  const services = useServices();
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [chosen, choose] = useState<readonly [string, string]>(["", ""]);
  const [password, again] = chosen;
  const [tried, setTried] = useState(false);
  const signUp = useMutation({
    mutationFn: () =>
      openly<SignedUp>(services, "/api/v1/accounts", {
        method: "POST",
        body: { username, email: email.trim(), password, ...(invitation ? { invitation } : {}) },
      }),
  });
  if (signUp.isSuccess)
    return signUp.data.is_active ? (
      <Entry title="Welcome" about="Your account is ready.">
        <ButtonLink to="/signin" kind="primary">
          Sign in
        </ButtonLink>
      </Entry>
    ) : (
      <Entry title="Look into your mail" about={<>We have sent a link to {email.trim()}.</>}>
        <MailCheck size={28} />
        <p>
          Open it within a day to confirm that the address is yours; then your account is active. Nothing
          there? Look among the spam.
        </p>
        {SIGN_IN}
      </Entry>
    );
  const wrong = passwordProblem(password, again);
  const refusal = sorted(signUp.error, ACCOUNT_FIELDS);
  const about = (field: string) => (refusal?.field === field ? refusal.message : null);
  return (
    <Entry title="Make an account" about={invitation && "You were invited. Choose a name and a password."}>
      <EntryForm
        onSubmit={() => {
          setTried(true);
          if (!wrong && !signUp.isPending) signUp.mutate();
        }}
      >
        {signUp.isError && !refusal?.field && <Notice kind="danger">{said(signUp.error)}</Notice>}
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          help="A lower-case letter, then lower-case letters, digits, _ and -."
          value={username}
          error={about("username")}
          onChange={event => setUsername(event.target.value)}
        />
        <Field
          label="E-mail address"
          name="email"
          type="email"
          autoComplete="email"
          required
          value={email}
          error={about("email")}
          onChange={event => setEmail(event.target.value)}
        />
        <NewPassword
          label="Password"
          chosen={chosen}
          choose={choose}
          refused={about("password")}
          differs={tried ? wrong : null}
        />
        <Button type="submit" kind="primary" busy={signUp.isPending}>
          Make my account
        </Button>
      </EntryForm>
      {SIGN_IN}
    </Entry>
  );
}
