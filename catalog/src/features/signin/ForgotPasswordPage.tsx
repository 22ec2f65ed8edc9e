import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { callAnonymously } from "@/api/identity";
import { t } from "@/language/en/features/signin";
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
      <Link to="/signin">{t.backSign}</Link>
    </SignInLinks>
  );
  if (ask.isSuccess) return <MailSent links={back}>{t.belongsAccountLink(email.trim())}</MailSent>;
  return (
    <SignInLayout title={t.forgotPassword} about={t.weSendLink}>
      <SignInForm
        onSubmit={() => {
          if (!ask.isPending) ask.mutate();
        }}
      >
        <ErrorNotice error={ask.error} />
        <EmailField email={email} onChange={setEmail} />
        <Button type="submit" kind="primary" busy={ask.isPending}>
          {t.sendMeLink}
        </Button>
      </SignInForm>
      {back}
    </SignInLayout>
  );
}
