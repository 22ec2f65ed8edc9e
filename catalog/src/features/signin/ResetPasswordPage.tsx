import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { useSession } from "@/api/context";
import { callAnonymously } from "@/api/identity";
import { t } from "@/language/en/features/signin";
import { RequestError } from "@/lib/errors";
import { ACCOUNT_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { NewPassword, useNewPassword } from "@/ui/NewPassword";
import { ErrorNotice, Notice } from "@/ui/States";
import { SignInForm, SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the link in the mail leads. */
export function ResetPasswordPage() {
  const { link = "" } = useParams();
  const services = useServices();
  const signedIn = useSession() === "in";
  const navigate = useNavigate();
  const chosen = useNewPassword();
  const change = useMutation({
    mutationFn: async () => {
      await callAnonymously(services, "/api/v1/accounts/password", {
        method: "POST",
        body: { link, password: chosen.password },
      });
      // Whoever is signed in here may be somebody else; with the new password it is certain who comes in.
      if (signedIn) await services.session.signOut().catch(() => services.session.lost());
      await navigate("/signin?reset");
    },
  });
  const refusal = refusalOf(change.error, ACCOUNT_FIELDS);
  const over = change.error instanceof RequestError && change.error.status === 401;
  return (
    <SignInLayout title={t.chooseNewPassword} about={t.allSessionsEnd}>
      <SignInForm
        onSubmit={() => {
          if (chosen.check() && !change.isPending) change.mutate();
        }}
      >
        {over ? (
          <Notice kind="danger">{t.linkUsedAlready(<Link to="/reset_password">{t.askNewOne}</Link>)}</Notice>
        ) : (
          <ErrorNotice error={refusal.other} />
        )}
        <NewPassword label={t.newPassword} chosen={chosen} refused={refusal.on("password")} />
        <Button type="submit" kind="primary" busy={change.isPending}>
          {t.changeMyPassword}
        </Button>
      </SignInForm>
      <SignInLinks>
        <Link to="/signin">{t.backSign}</Link>
      </SignInLinks>
    </SignInLayout>
  );
}
