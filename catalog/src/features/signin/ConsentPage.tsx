import { useMutation, useQuery } from "@tanstack/react-query";
import { Laptop, ShieldQuestion } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { callAnonymously, identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { AuthorizationAnswer, ToolShown } from "@/api/models";
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
    <Page title="Let a tool in" narrow>
      <Loaded query={tool} label="Looking up who asks" lines={4} heading="Let a tool in">
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
      <Empty title={`${tool.client_name} was refused access`} icon={<Mark size={26} />}>
        You can close this page.
      </Empty>
    );
  if (allow.isSuccess)
    return (
      <Empty title={`${tool.client_name} may act for you`} icon={<Laptop size={22} />}>
        Continue in the tool. You can close this page. To end the tool's access, go to{" "}
        <Link to="/account/sessions">your sessions</Link>.
      </Empty>
    );
  const here = isLoopback(tool.redirect_host);
  return (
    <Panel padded label="Consent">
      <div className={styles.consent}>
        <span className={styles.icon}>
          <ShieldQuestion size={26} />
        </span>
        <h1>{tool.client_name} wants to act for you</h1>
        <Facts
          facts={[
            ["As", account.data ? `${account.data.name} · ${account.data.email}` : "you"],
            account.data && ["Role", account.data.role ?? "none"],
            [
              "Answer goes to",
              <span key="host">
                {tool.redirect_host || new URL(request.redirect_uri).protocol}
                {here && <span className="muted"> – a program on this computer</span>}
              </span>,
            ],
          ]}
        />
        <ul className={styles.list}>
          <li>
            {account.data?.role ? (
              <>
                It can find, read and write what the role {account.data.role} permits, even after you switch
                to another role.
              </>
            ) : (
              <>You have no role, so it can do nothing.</>
            )}
          </li>
          <li>
            It cannot administer anything, make or revoke API keys, sign in elsewhere, or change your account.
          </li>
          <li>It keeps this access until you end it under your sessions.</li>
        </ul>
        <Notice kind="warn">
          The tool chose its name itself. Allow it only if you started this yourself just now
          {here ? "" : `, and trust ${tool.redirect_host}`}.
        </Notice>
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
            Do not allow
          </Button>
          <Button
            kind="primary"
            busy={allow.isPending}
            disabled={allow.isPending || deny.isPending || !account.data}
            onClick={() => allow.mutate()}
          >
            Allow
          </Button>
        </div>
      </div>
    </Panel>
  );
}
