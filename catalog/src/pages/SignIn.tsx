import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { RequestError } from "@/api/errors";
import { useServices, useSession } from "@/app/services";
import { safeNext } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Quilt } from "@/ui/Patch";
import { Notice, said } from "@/ui/States";
import styles from "./SignIn.module.css";

export function Component() {
  const { session, config } = useServices();
  const state = useSession();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({ mutationFn: () => session.signIn(name.trim(), password) });
  if (state === "in") return <Navigate to={next} replace />;
  const refused = signIn.error instanceof RequestError && signIn.error.status === 401;
  return (
    <div className={styles.page}>
      <title>Sign in · Patchwork</title>
      <div className={styles.quilt}>
        <Quilt />
      </div>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault();
          if (!signIn.isPending) signIn.mutate();
        }}
      >
        <div>
          <h1>Sign in</h1>
          <p className="muted">
            {params.get("next")?.startsWith("/code")
              ? "Then you get the code that the command line asks for."
              : "To find, read and share data packages."}
          </p>
        </div>
        {signIn.isError && (
          <Notice kind="danger">
            {refused ? "Name and password do not match any account." : said(signIn.error)}
          </Notice>
        )}
        {config.passwordAuth === "DISABLED" ? (
          <Notice>Signing in with a password is switched off here.</Notice>
        ) : (
          <>
            <Field
              label="Name or e-mail address"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={name}
              onChange={event => setName(event.target.value)}
            />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={event => setPassword(event.target.value)}
            />
            <Button type="submit" kind="primary" busy={signIn.isPending}>
              Sign in
            </Button>
          </>
        )}
      </form>
    </div>
  );
}
