import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { callAnonymously } from "@/api/identity";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/States";
import { EmailField } from "./EmailField";
import { MailSent } from "./MailSent";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";

/** Says the same whether there is such an account or not. */
export function ForgotPasswordPage() {
  const services = useServices();
  const [email, setEmail] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      callAnonymously(services, "/api/v1/accounts/reset", { method: "POST", body: { email: email.trim() } }),
  });
  const back = (
    <SignInLinks>
      <Link to="/signin">Back to sign in</Link>
    </SignInLinks>
  );
  if (ask.isSuccess)
    return (
      <MailSent links={back}>
        If {email.trim()} belongs to an account, a link is on its way there. It is good for a day, and works
        once.
      </MailSent>
    );
  return (
    <SignInLayout title="Forgot your password?" about="We send you a link to choose a new password.">
      <SignInForm
        onSubmit={() => {
          if (!ask.isPending) ask.mutate();
        }}
      >
        <ErrorNotice error={ask.error} />
        <EmailField email={email} onChange={setEmail} />
        <Button type="submit" kind="primary" busy={ask.isPending}>
          Send me a link
        </Button>
      </SignInForm>
      {back}
    </SignInLayout>
  );
}
