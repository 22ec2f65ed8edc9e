import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { RequestError } from "@/api/errors";
import { openly } from "@/api/identity";
import { useServices, useSession } from "@/app/services";
import { ACCOUNT_FIELDS, PASSWORD_HELP, passwordProblem, sorted } from "@/lib/forms";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Notice, said } from "@/ui/States";
import { Below, Entry, EntryForm } from "./Entry";

/** Where the link in the mail leads. */
export function Component() {
  const { link = "" } = useParams();
  const services = useServices();
  const signedIn = useSession() === "in";
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const choose = useMutation({
    mutationFn: async () => {
      await openly(services, "/api/v1/accounts/password", { method: "POST", body: { link, password } });
      // Whoever is signed in here may be somebody else; with the new password it is certain who comes in.
      if (signedIn) await services.session.signOut().catch(() => services.session.lost());
      await navigate("/signin?reset");
    },
  });
  const wrong = passwordProblem(password, again);
  const refusal = sorted(choose.error, ACCOUNT_FIELDS);
  const over = choose.error instanceof RequestError && choose.error.status === 401;
  return (
    <Entry title="Choose another password" about="All your sessions end, on every device.">
      <EntryForm
        onSubmit={() => {
          setTried(true);
          if (!wrong && !choose.isPending) choose.mutate();
        }}
      >
        {choose.isError && !refusal?.field && (
          <Notice kind="danger">
            {over ? (
              <>
                This link was used, or is too old. <Link to="/reset_password">Ask for another</Link>.
              </>
            ) : (
              said(choose.error)
            )}
          </Notice>
        )}
        <Field
          label="New password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          help={PASSWORD_HELP}
          value={password}
          error={refusal?.field === "password" ? refusal.message : null}
          onChange={event => setPassword(event.target.value)}
        />
        <Field
          label="New password, again"
          name="again"
          type="password"
          autoComplete="new-password"
          required
          value={again}
          error={tried ? wrong : null}
          onChange={event => setAgain(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={choose.isPending}>
          Change my password
        </Button>
      </EntryForm>
      <Below>
        <Link to="/signin">Back to sign in</Link>
      </Below>
    </Entry>
  );
}
