/** What the queries in SQL of a role's people may take. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { identity, roleUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Form } from "@/ui/Form";
import { Panel } from "@/ui/Layout";
import { ErrorNotice, Notice } from "@/ui/States";
import { useFormGuard } from "@/ui/useLeaveGuard";
import { type Budget, budgetsOf, fields, textsOf } from "./budgetFields";
import styles from "./RoleBudgets.module.css";

export function RoleBudgets({ role }: { role: Role }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState(() => textsOf(role.query_budgets));
  const [wrong, setWrong] = useState<Partial<Record<Budget, string>>>({});
  const guard = useFormGuard(texts);
  const save = useApiMutation(
    (client, budgets: Role["query_budgets"]) =>
      client.call<Role>(roleUrl(role.name), {
        method: "PUT",
        body: {
          name: role.name,
          ...(role.managed ? { policies: role.policies.map(policy => policy.id) } : { arn: role.arn }),
          query_budgets: budgets,
        },
      }),
    [keys.roles()],
    made => {
      guard.letGo();
      queryClient.setQueryData(identity.role(services, made.name).queryKey, made);
    },
  );
  const submit = () => {
    const found = budgetsOf(texts);
    setWrong(found.wrong);
    if (Object.keys(found.wrong).length > 0 || save.isPending) return;
    guard.send();
    save.mutate(found.budgets);
  };
  return (
    <Panel title={t.queriesSql} padded>
      <Form onSubmit={submit}>
        {save.isSuccess && <Notice>{t.saved}</Notice>}
        <ErrorNotice error={save.error} />
        <p className="muted">{t.oneQuerySomebody}</p>
        <div className={styles.fields}>
          {fields().map(({ name, label, example }) => (
            <Field
              key={name}
              label={label}
              name={name}
              autoComplete="off"
              placeholder={example}
              value={texts[name]}
              error={wrong[name] ?? null}
              onChange={event => setTexts({ ...texts, [name]: event.target.value })}
            />
          ))}
        </div>
        <div>
          <Button type="submit" kind="primary" busy={save.isPending}>
            {t.saveBudgets}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}
