import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleMinus } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { SsoConfig, SsoVerdict } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { errorMessage, RequestError } from "@/lib/errors";
import { claimsOf } from "@/lib/sso";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Area } from "@/ui/Field";
import { ButtonColumn, Form, FormActions, Stack } from "@/ui/Form";
import { Chip, Columns, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import styles from "./SsoPage.module.css";

const START = `version: "1.0"
default_role: ReadAll
mappings:
  - schema:
      type: object
      properties:
        groups:
          contains:
            const: curators
      required: [groups]
    roles: [ReadWriteAll]
    admin: false
`;
const CLAIMS = `{
  "email": "amy@example.com",
  "groups": ["curators"]
}`;

export function SsoPage() {
  const config = useQuery(identity.ssoConfig(useServices()));
  const none = config.error instanceof RequestError && config.error.status === 404;
  return (
    <Page title="Single sign-on">
      <Head
        title="Single sign-on"
        about="The roles and rights that people get from the claims of their sign-in provider."
      />
      <Loaded
        query={none ? { ...config, data: null, isError: false } : config}
        label="Loading the configuration"
      >
        {data => <Configuration key={config.data?.version ?? 0} config={data} />}
      </Loaded>
    </Page>
  );
}

function Configuration({ config }: { config: SsoConfig | null }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const { queryKey } = identity.ssoConfig(services);
  const [text, setText] = useState(config?.text ?? START);
  useLeaveGuard(text !== (config?.text ?? START));
  const save = useApiMutation(
    client => client.call<SsoConfig>("/api/v1/admin/sso-config", { method: "PUT", body: { text } }),
    [keys.roles(), keys.role()],
    made => queryClient.setQueryData(queryKey, made),
  );
  const remove = useApiMutation(
    client => client.call("/api/v1/admin/sso-config", { method: "DELETE" }),
    [keys.ssoConfig()],
  );
  return (
    <Columns
      aside={
        <>
          <Panel title="Current version" padded>
            {config ? (
              <Stack>
                <Facts
                  facts={[
                    ["Version", String(config.version)],
                    ["Set by", config.uploader],
                    ["When", <Ago key="at" at={config.at} />],
                  ]}
                />
                <ButtonColumn>
                  <ConfirmButton
                    label="Remove it"
                    title="Remove the configuration?"
                    about="People keep their roles. New people get the default role."
                    action={remove}
                  />
                </ButtonColumn>
              </Stack>
            ) : (
              <p className="muted">None. People who sign in for the first time get the default role.</p>
            )}
          </Panel>
          <Providers />
        </>
      }
    >
      <Panel title="Configuration" padded>
        <Form
          onSubmit={() => {
            if (!save.isPending) save.mutate();
          }}
        >
          {save.isError && (
            <Notice kind="danger">
              <span className={styles.pre}>{errorMessage(save.error)}</span>
            </Notice>
          )}
          <Area
            label="YAML or JSON"
            code
            rows={16}
            autoComplete="off"
            value={text}
            onChange={event => setText(event.target.value)}
            help="The first mapping whose schema fits the claims counts; with union_roles: true, all that fit."
          />
          <FormActions>
            <Button
              type="submit"
              kind="primary"
              busy={save.isPending}
              disabled={config !== null && text === config.text}
            >
              Save configuration
            </Button>
            {config && text !== config.text && (
              <Button kind="quiet" onClick={() => setText(config.text)}>
                Undo changes
              </Button>
            )}
          </FormActions>
        </Form>
      </Panel>
      <Trial text={text} />
    </Columns>
  );
}

function Trial({ text }: { text: string }) {
  const [claims, setClaims] = useState(CLAIMS);
  const [problem, setProblem] = useState<string | null>(null);
  const check = useApiMutation(
    (client, body: { claims: Record<string, unknown>; text: string }) =>
      client.call<SsoVerdict>("/api/v1/admin/sso/check", { method: "POST", body }),
    [],
  );
  const submit = () => {
    const read = claimsOf(claims);
    setProblem("problem" in read ? read.problem : null);
    if ("claims" in read) check.mutate({ claims: read.claims, text });
    else check.reset();
  };
  return (
    <Panel title="Try it" padded>
      <Form
        onSubmit={() => {
          submit();
        }}
      >
        <p className="muted">
          What would somebody with these claims get, by the text above? Nothing is changed.
        </p>
        <Area
          label="Claims of an ID token"
          code
          rows={6}
          value={claims}
          error={problem}
          onChange={event => setClaims(event.target.value)}
        />
        <div>
          <Button type="submit" busy={check.isPending}>
            Try these claims
          </Button>
        </div>
        <div aria-live="polite">
          {check.isError && (
            <Notice kind="danger">
              <span className={styles.pre}>{errorMessage(check.error)}</span>
            </Notice>
          )}
          {check.isSuccess && <Verdict verdict={check.data} />}
        </div>
      </Form>
    </Panel>
  );
}

function Verdict({ verdict }: { verdict: SsoVerdict }) {
  return (
    <Stack>
      <p>
        They would get {verdict.roles.length === 1 ? "the role " : "the roles "}
        <b>{verdict.roles.join(", ")}</b>
        {verdict.by_default && ", the default, as no mapping fits"}
        {verdict.is_admin === true && " and be an administrator"}
        {verdict.is_admin === false && " and not be an administrator"}.
      </p>
      {verdict.mappings.length > 0 && (
        <ul className={styles.boxed} aria-label="Mappings">
          {verdict.mappings.map(mapping => (
            <li key={mapping.index}>
              {mapping.matches ? (
                <CircleCheck size={17} className={styles.good} aria-label="fits" />
              ) : (
                <CircleMinus size={17} className="muted" aria-label="does not fit" />
              )}
              <span className="cut">
                Mapping {mapping.index + 1}: {mapping.roles.join(", ") || "no roles"}
              </span>
              {mapping.counts ? (
                <Chip kind="accent">counts</Chip>
              ) : (
                <Chip>{mapping.matches ? "comes too late" : "does not fit"}</Chip>
              )}
              {mapping.why_not && <p>{mapping.why_not}</p>}
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

const KINDS = { oidc: "OpenID Connect", google: "Google", github: "GitHub" } as const;

function Providers() {
  const options = useQuery(identity.signInOptions(useServices()));
  return (
    <Panel title="How people sign in" padded>
      <Loaded query={options} lines={2}>
        {data => (
          <Stack>
            <Facts
              facts={[
                ["Password", data.password ? "on" : "off"],
                ["Sign-up", { open: "open", invite: "by invitation", off: "off" }[data.sign_up]],
                ...data.providers.map(each => [each.label, KINDS[each.kind]] as const),
                data.providers.length > 0 && [
                  "First time",
                  data.sso_sign_up ? "makes an account" : "needs an account",
                ],
              ]}
            />
            {data.providers.length === 0 && (
              <p className="muted">No sign-in provider is set up. Providers are settings of the service.</p>
            )}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}
