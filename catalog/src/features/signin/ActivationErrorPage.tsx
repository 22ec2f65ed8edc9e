import { Link } from "react-router";
import { ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import { SignInLayout, SignInLinks } from "./SignInLayout";

/** Where the registry sends people whose link did not confirm their address. */
export function ActivationErrorPage() {
  return (
    <SignInLayout title="This link does not work">
      <Notice kind="warn">It was used before, or is older than a day.</Notice>
      <p>
        If you have used it already, your account is active, and you can sign in. If not, ask for a new
        password with your e-mail address. You then get a new link to confirm it.
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
