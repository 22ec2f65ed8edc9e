import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleMinus } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { SsoConfig, SsoVerdict } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
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
    <Page title={t.singleSign}>
      <Head title={t.singleSign} about={t.rolesRightsPeople} />
      <Loaded
        query={none ? { ...config, data: null, isError: false } : config}
        label={t.loadingConfiguration}
      >
        {data => <Configuration config={data} />}
      </Loaded>
    </Page>
  );
}

function Configuration({ config }: { config: SsoConfig | null }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const { queryKey } = identity.ssoConfig(services);
  /** Null while it is as it was saved last. */
  const [edited, setEdited] = useState<string | null>(null);
  const text = edited ?? config?.text ?? START;
  useLeaveGuard(text !== (config?.text ?? START));
  const save = useApiMutation(
    (client, sent: string) =>
      client.call<SsoConfig>("/api/v1/admin/sso-config", { method: "PUT", body: { text: sent } }),
    [keys.roles(), keys.role()],
    (made, sent) => {
      queryClient.setQueryData(queryKey, made);
      setEdited(now => (now === sent ? null : now));
    },
  );
  const remove = useApiMutation(
    client => client.call("/api/v1/admin/sso-config", { method: "DELETE" }),
    [keys.ssoConfig()],
  );
  return (
    <Columns
      aside={
        <>
          <Panel title={t.currentVersion} padded>
            {config ? (
              <Stack>
                <Facts
                  facts={[
                    [t.version, String(config.version)],
                    [t.set, config.uploader],
                    [t.when, <Ago key="at" at={config.at} />],
                  ]}
                />
                <ButtonColumn>
                  <ConfirmButton
                    label={t.remove}
                    title={t.removeConfiguration}
                    about={t.peopleKeepRoles}
                    action={remove}
                  />
                </ButtonColumn>
              </Stack>
            ) : (
              <p className="muted">{t.nonePeopleSign}</p>
            )}
          </Panel>
          <Providers />
        </>
      }
    >
      <Panel title={t.configuration} padded>
        <Form
          onSubmit={() => {
            if (!save.isPending) save.mutate(text);
          }}
        >
          {save.isError && (
            <Notice kind="danger">
              <span className={styles.pre}>{errorMessage(save.error)}</span>
            </Notice>
          )}
          <Area
            label={t.yamlJson}
            code
            rows={16}
            autoComplete={t.off}
            value={text}
            onChange={event => setEdited(event.target.value)}
            help={t.firstMappingWhose}
          />
          <FormActions>
            <Button
              type="submit"
              kind="primary"
              busy={save.isPending}
              disabled={config !== null && text === config.text}
            >
              {t.saveConfiguration}
            </Button>
            {config && text !== config.text && (
              <Button kind="quiet" onClick={() => setEdited(null)}>
                {t.undoChanges}
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
    <Panel title={t.try} padded>
      <Form
        onSubmit={() => {
          submit();
        }}
      >
        <p className="muted">{t.wouldSomebodyClaims}</p>
        <Area
          label={t.claimsIdToken}
          code
          rows={6}
          value={claims}
          error={problem}
          onChange={event => setClaims(event.target.value)}
        />
        <div>
          <Button type="submit" busy={check.isPending}>
            {t.tryClaims}
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
        {t.wouldGet(
          verdict.roles.length === 1 ? t.role2 : t.roles3,
          <b>{verdict.roles.join(", ")}</b>,
          verdict.by_default && t.defaultNoMapping,
          verdict.is_admin === true && t.administrator2,
          verdict.is_admin === false && t.notAdministrator,
        )}
      </p>
      {verdict.mappings.length > 0 && (
        <ul className={styles.boxed} aria-label={t.mappings}>
          {verdict.mappings.map(mapping => (
            <li key={mapping.index}>
              {mapping.matches ? (
                <CircleCheck size={17} className={styles.good} aria-label={t.fits} />
              ) : (
                <CircleMinus size={17} className="muted" aria-label={t.doesNotFit} />
              )}
              <span className="cut">
                {t.mappingIndexRoles(mapping.index + 1, mapping.roles.join(", ") || t.noRoles2)}
              </span>
              {mapping.counts ? (
                <Chip kind="accent">{t.counts}</Chip>
              ) : (
                <Chip>{mapping.matches ? t.comesTooLate : t.doesNotFit}</Chip>
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
    <Panel title={t.howPeopleSign} padded>
      <Loaded query={options} lines={2}>
        {data => (
          <Stack>
            <Facts
              facts={[
                [t.password, data.password ? t.on2 : t.off],
                [t.signUp, { open: t.open, invite: t.invitation, off: t.off }[data.sign_up]],
                ...data.providers.map(each => [each.label, KINDS[each.kind]] as const),
                data.providers.length > 0 && [
                  t.firstTime,
                  data.sso_sign_up ? t.makesAccount : t.needsAccount,
                ],
              ]}
            />
            {data.providers.length === 0 && <p className="muted">{t.noSignProvider}</p>}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}
