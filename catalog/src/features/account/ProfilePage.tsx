import { keys } from "@/api/keys";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { identity } from "@/api/identity";
import { useApiMutation } from "@/api/useApiMutation";
import type { User } from "@/api/models";
import { useServices } from "@/s3/context";
import { ACCOUNT_FIELDS, passwordProblem, sorted } from "@/lib/forms";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Chip, Columns, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { NewPassword } from "@/ui/NewPassword";
import { Failure, Loading, Notice, said } from "@/ui/States";
import styles from "./ProfilePage.module.css";

export function ProfilePage() {
  const services = useServices();
  const account = useQuery(identity.account(services));
  const options = useQuery(identity.signInOptions(services));
  return (
    <Page title="Your account">
      <Head title="Profile" about="Who you are here, and under which role you act." />
      {account.isPending ? (
        <Loading label="Loading your account" />
      ) : account.isError ? (
        <Failure error={account.error} retry={account.refetch} />
      ) : (
        <Columns
          aside={
            <Panel title="You" padded>
              <Facts
                facts={[
                  ["Name", account.data.name],
                  ["E-mail", account.data.email],
                  [
                    "Rights",
                    account.data.is_admin ? <Chip kind="accent">administrator</Chip> : "As your role says",
                  ],
                  ["Since", <Ago key="since" at={account.data.created_at} />],
                ]}
              />
            </Panel>
          }
        >
          <Roles account={account.data} />
          {options.data?.password !== false && !account.data.is_sso_only && <Password />}
        </Columns>
      )}
    </Page>
  );
}

function Roles({ account }: { account: User }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const act = useApiMutation(
    (client, role: string) =>
      client.call<User>("/api/v1/accounts/me/role", { method: "PUT", body: { role } }),
    [],
    user => {
      // All that was seen was seen under the other role.
      services.credentials.forget();
      queryClient.setQueryData(identity.account(services).queryKey, user);
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.account()[0] });
    },
  );
  return (
    <Panel title="Role" padded>
      {account.roles.length === 0 ? (
        <p className="muted">
          You have no role, and so no access to any bucket. Ask an administrator for one.
        </p>
      ) : (
        <div className={styles.stack}>
          {act.isError && <Notice kind="danger">{said(act.error)}</Notice>}
          <ul className={styles.roles}>
            {account.roles.map(role => (
              <li key={role}>
                <span className="cut">{role}</span>
                {role === account.role ? (
                  <Chip kind="accent">you act under this one</Chip>
                ) : (
                  <Button
                    small
                    busy={act.isPending && act.variables === role}
                    disabled={act.isPending}
                    onClick={() => act.mutate(role)}
                    aria-label={`Switch to ${role}`}
                  >
                    Switch
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {account.roles.length > 1 && (
            <p className="muted">A switch holds for your API keys and other sessions, too.</p>
          )}
        </div>
      )}
    </Panel>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [chosen, choose] = useState<readonly [string, string]>(["", ""]);
  const [password, again] = chosen;
  const [tried, setTried] = useState(false);
  const change = useApiMutation(
    client => client.call("/api/v1/accounts/password", { method: "PUT", body: { current, password } }),
    [keys.sessions()],
    () => {
      setCurrent("");
      choose(["", ""]);
      setTried(false);
    },
  );
  const wrong = passwordProblem(password, again);
  const refusal = sorted(change.error, ACCOUNT_FIELDS);
  const about = (field: string) => (refusal?.field === field ? refusal.message : null);
  return (
    <Panel title="Password" padded>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault();
          setTried(true);
          if (!wrong && !change.isPending) change.mutate();
        }}
      >
        {change.isSuccess && <Notice>Your password is changed, and your other sessions have ended.</Notice>}
        {change.isError && !refusal?.field && <Notice kind="danger">{said(change.error)}</Notice>}
        <Field
          label="Present password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          error={about("current")}
          onChange={event => setCurrent(event.target.value)}
        />
        <NewPassword
          label="New password"
          chosen={chosen}
          choose={choose}
          refused={about("password")}
          differs={tried ? wrong : null}
        />
        <div>
          <Button type="submit" kind="primary" busy={change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  );
}
