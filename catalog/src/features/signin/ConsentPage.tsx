import { useMutation, useQuery } from "@tanstack/react-query";
import { Laptop, ShieldQuestion } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { callAnonymously, identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { AuthorizationAnswer, ToolShown } from "@/api/models";
import { t } from "@/language/en/features/signin";
import { isLoopback, requestOf } from "@/lib/connect";
import { errorMessage } from "@/lib/errors";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Facts, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Mark } from "@/ui/Patch";
import { Empty, Notice } from "@/ui/States";
import styles from "./ConsentPage.module.css";

/** A tool asks to act for whoever is signed in. */
export function ConsentPage() {
  const [params] = useSearchParams();
  const services = useServices();
  const request = requestOf(params);
  const tool = useQuery({
    queryKey: keys.tool(params.toString()),
    queryFn: ({ signal }) =>
      callAnonymously<ToolShown>(services, "/api/connect/validate", {
        method: "POST",
        body: request,
        signal,
      }),
    staleTime: Infinity,
  });
  return (
    <Page title={t.letTool} narrow>
      <Loaded query={tool} label={t.lookingUpAsks} lines={4} heading={t.letTool}>
        {data => <Consent tool={data} request={request} />}
      </Loaded>
    </Page>
  );
}

function Consent({ tool, request }: { tool: ToolShown; request: ReturnType<typeof requestOf> }) {
  const services = useServices();
  const account = useQuery(identity.account(services));
  const deny = useMutation({
    mutationFn: () =>
      services.client.call<AuthorizationAnswer>("/api/connect/refuse", { method: "POST", body: request }),
    onSuccess: answer => location.assign(answer.redirect_uri),
  });
  const allow = useMutation({
    mutationFn: () =>
      services.client.call<AuthorizationAnswer>("/api/connect/authorize", {
        method: "POST",
        body: { ...request, role: account.data?.role ?? "" },
      }),
    onSuccess: answer => location.assign(answer.redirect_uri),
  });
  if (deny.isSuccess)
    return (
      <Empty title={t.refusedAccess(tool.client_name)} icon={<Mark size={26} />}>
        {t.canClosePage}
      </Empty>
    );
  if (allow.isSuccess)
    return (
      <Empty title={t.mayAct(tool.client_name)} icon={<Laptop size={22} />}>
        {t.continueToolCan(<Link to="/account/sessions">{t.sessions}</Link>)}
      </Empty>
    );
  const here = isLoopback(tool.redirect_host);
  return (
    <Panel padded label={t.consent}>
      <div className={styles.consent}>
        <span className={styles.icon}>
          <ShieldQuestion size={26} />
        </span>
        <h1>{t.wantsAct(tool.client_name)}</h1>
        <Facts
          facts={[
            [t.as, account.data ? `${account.data.name} · ${account.data.email}` : t.you],
            account.data && [t.role, account.data.role ?? t.none],
            [
              t.answerGoes,
              <span key="host">
                {tool.redirect_host || new URL(request.redirect_uri).protocol}
                {here && <span className="muted">{t.programComputer}</span>}
              </span>,
            ],
          ]}
        />
        <ul className={styles.list}>
          <li>{account.data?.role ? <>{t.canFindRead(account.data.role)}</> : <>{t.noRoleCan}</>}</li>
          <li>{t.cannotAdministerAnything}</li>
          <li>{t.keepsAccessUntil}</li>
        </ul>
        <Notice kind="warn">{t.toolChoseName(here ? "" : t.trustRedirectHost(tool.redirect_host))}</Notice>
        {[allow, deny].map(
          (each, at) =>
            each.isError && (
              <Notice key={at} kind="danger">
                {errorMessage(each.error)}
              </Notice>
            ),
        )}
        <div className={styles.actions}>
          <Button
            onClick={() => deny.mutate()}
            busy={deny.isPending}
            disabled={allow.isPending || deny.isPending}
          >
            {t.doNotAllow}
          </Button>
          <Button
            kind="primary"
            busy={allow.isPending}
            disabled={allow.isPending || deny.isPending || !account.data}
            onClick={() => allow.mutate()}
          >
            {t.allow}
          </Button>
        </div>
      </div>
    </Panel>
  );
}
