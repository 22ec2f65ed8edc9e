import { Link } from "react-router";
import { ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import { SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the registry sends people whose link did not confirm their address. */
export function ActivationErrorPage() {
  return (
    <SignInLayout title="That link is not good">
      <Notice kind="warn">It was used before, or is older than a day.</Notice>
      <p>
        If you have used it already, your account is active: just sign in. If not, ask for a new password with
        your address; a new link to confirm it comes instead.
      </p>
      <ButtonLink to="/signin" kind="primary">
        Sign in
      </ButtonLink>
      <SignInLinks>
        <Link to="/reset_password">Have a link sent</Link>
        <Link to="/signup">Sign up again</Link>
      </SignInLinks>
    </SignInLayout>
  );
}
