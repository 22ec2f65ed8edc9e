import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { User } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { ACCOUNT_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Form } from "@/ui/Form";
import { Chip, Columns, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { NewPassword, useNewPassword } from "@/ui/NewPassword";
import { ErrorNotice, Notice } from "@/ui/States";
import { SecondFactorPanel } from "./SecondFactorPanel";
import styles from "./ProfilePage.module.css";

export function ProfilePage() {
  const services = useServices();
  const account = useQuery(identity.account(services));
  const options = useQuery(identity.signInOptions(services));
  return (
    <Page title={t.account}>
      <Head title={t.profile} about={t.roleActive} />
      <Loaded query={account} label={t.loadingAccount}>
        {data => (
          <Columns
            aside={
              <Panel title={t.you} padded>
                <Facts
                  facts={[
                    [t.name, data.name],
                    [t.eMail, data.email],
                    [t.rights, data.is_admin ? <Chip kind="accent">{t.administrator}</Chip> : t.rolePermits],
                    [t.since, <Ago key="since" at={data.created_at} />],
                  ]}
                />
              </Panel>
            }
          >
            <RoleSwitch account={data} />
            {options.data?.password !== false && !data.is_sso_only && (
              <>
                <PasswordForm />
                <SecondFactorPanel />
              </>
            )}
          </Columns>
        )}
      </Loaded>
    </Page>
  );
}

function RoleSwitch({ account }: { account: User }) {
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
    <Panel title={t.role} padded>
      {account.roles.length === 0 ? (
        <p className="muted">{t.noRoleNo}</p>
      ) : (
        <div className={styles.stack}>
          <ErrorNotice error={act.error} />
          <ul className={styles.roles}>
            {account.roles.map(role => (
              <li key={role}>
                <span className="cut">{role}</span>
                {role === account.role ? (
                  <Chip kind="accent">{t.actUnderOne}</Chip>
                ) : (
                  <Button
                    small
                    busy={act.isPending && act.variables === role}
                    disabled={act.isPending}
                    onClick={() => act.mutate(role)}
                    aria-label={t.switchRole(role)}
                  >
                    {t.switch}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {account.roles.length > 1 && <p className="muted">{t.switchingAlsoApplies}</p>}
        </div>
      )}
    </Panel>
  );
}

function PasswordForm() {
  const [current, setCurrent] = useState("");
  const chosen = useNewPassword();
  const change = useApiMutation(
    client =>
      client.call("/api/v1/accounts/password", {
        method: "PUT",
        body: { current, password: chosen.password },
      }),
    [keys.sessions()],
    () => {
      setCurrent("");
      chosen.clear();
    },
  );
  const refusal = refusalOf(change.error, ACCOUNT_FIELDS);
  return (
    <Panel title={t.password} padded>
      <Form
        narrow
        onSubmit={() => {
          if (chosen.check() && !change.isPending) change.mutate();
        }}
      >
        {change.isSuccess && <Notice>{t.passwordChangedOther}</Notice>}
        <ErrorNotice error={refusal.other} />
        <Field
          label={t.currentPassword}
          name="current"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          error={refusal.on("current")}
          onChange={event => setCurrent(event.target.value)}
        />
        <NewPassword label={t.newPassword} chosen={chosen} refused={refusal.on("password")} />
        <div>
          <Button type="submit" kind="primary" busy={change.isPending}>
            {t.changePassword}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}
