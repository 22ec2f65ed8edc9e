import { Link } from "react-router";
import { t } from "@/language/en/features/signin";
import { ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import { SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the registry sends people whose link did not confirm their address. */
export function ActivationErrorPage() {
  return (
    <SignInLayout title={t.thisLinkDoesNotWork}>
      <Notice kind="warn">{t.itWasUsedBeforeOrIs}</Notice>
      <p>{t.ifYouHaveUsedItAlready}</p>
      <ButtonLink to="/signin" kind="primary">
        {t.signIn}
      </ButtonLink>
      <SignInLinks>
        <Link to="/reset_password">{t.haveALinkSent}</Link>
        <Link to="/signup">{t.signUpAgain}</Link>
      </SignInLinks>
    </SignInLayout>
  );
}
