import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { RequestError } from "@/lib/errors";
import { openly } from "@/api/identity";
import { useSession } from "@/api/context";
import { useServices } from "@/s3/context";
import { ACCOUNT_FIELDS, passwordProblem, sorted } from "@/lib/forms";
import { Button } from "@/ui/Button";
import { NewPassword } from "@/ui/NewPassword";
import { Notice, said } from "@/ui/States";
import { Below, Entry, EntryForm } from "./SignInLayout";

/** Where the link in the mail leads. */
export function ResetPasswordPage() {
  const { link = "" } = useParams();
  const services = useServices();
  const signedIn = useSession() === "in";
  const navigate = useNavigate();
  const [chosen, choose] = useState<readonly [string, string]>(["", ""]);
  const [password, again] = chosen;
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: async () => {
      await openly(services, "/api/v1/accounts/password", { method: "POST", body: { link, password } });
      // Whoever is signed in here may be somebody else; with the new password it is certain who comes in.
      if (signedIn) await services.session.signOut().catch(() => services.session.lost());
      await navigate("/signin?reset");
    },
  });
  const wrong = passwordProblem(password, again);
  const refusal = sorted(change.error, ACCOUNT_FIELDS);
  const over = change.error instanceof RequestError && change.error.status === 401;
  return (
    <Entry title="Choose another password" about="All your sessions end, on every device.">
      <EntryForm
        onSubmit={() => {
          setTried(true);
          if (!wrong && !change.isPending) change.mutate();
        }}
      >
        {change.isError && !refusal?.field && (
          <Notice kind="danger">
            {over ? (
              <>
                This link was used, or is too old. <Link to="/reset_password">Ask for another</Link>.
              </>
            ) : (
              said(change.error)
            )}
          </Notice>
        )}
        <NewPassword
          label="New password"
          chosen={chosen}
          choose={choose}
          refused={refusal?.field === "password" ? refusal.message : null}
          differs={tried ? wrong : null}
        />
        <Button type="submit" kind="primary" busy={change.isPending}>
          Change my password
        </Button>
      </EntryForm>
      <Below>
        <Link to="/signin">Back to sign in</Link>
      </Below>
    </Entry>
  );
}
