import { Link } from "react-router";
import { t } from "@/language/en/features/signin";
import { ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import { SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the registry sends people whose link did not confirm their address. */
export function ActivationErrorPage() {
  return (
    <SignInLayout title={t.linkDoesNot}>
      <Notice kind="warn">{t.usedBeforeOlder}</Notice>
      <p>{t.usedAlreadyAccount}</p>
      <ButtonLink to="/signin" kind="primary">
        {t.sign}
      </ButtonLink>
      <SignInLinks>
        <Link to="/reset_password">{t.linkSent}</Link>
        <Link to="/signup">{t.signUpAgain}</Link>
      </SignInLinks>
    </SignInLayout>
  );
}
