import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Client } from "@/api/client";
import { identity, SECOND_FACTOR_URL } from "@/api/identity";
import { keys } from "@/api/keys";
import type { RecoveryCodes as Codes, SecondFactor } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { CODE_FIELDS, refusalOf } from "@/lib/forms";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormActions, Stack } from "@/ui/Form";
import { FormDialog } from "@/ui/FormDialog";
import { Facts, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { Notice } from "@/ui/States";
import { RecoveryCodes } from "./RecoveryCodes";
import { SecondFactorSetUp } from "./SecondFactorSetUp";

/** The viewer's own second factor. */
export function SecondFactorPanel() {
  const state = useQuery(identity.secondFactor(useServices()));
  // Kept here: the state says "on" before the recovery codes have been seen.
  const [settingUp, setSettingUp] = useState(false);
  const queryClient = useQueryClient();
  if (state.data && !state.data.is_available && !state.data.is_on) return null;
  const done = () => {
    setSettingUp(false);
    for (const queryKey of [keys.secondFactor(), keys.sessions()])
      void queryClient.invalidateQueries({ queryKey });
  };
  return (
    <Panel title={t.secondFactor} label={t.secondFactor} padded>
      <Loaded query={state} label={t.loadingSecondFactor} lines={2}>
        {data =>
          settingUp ? (
            <SecondFactorSetUp done={done} cancel={() => setSettingUp(false)} />
          ) : data.is_on ? (
            <SwitchedOn state={data} />
          ) : (
            <SwitchedOff begin={() => setSettingUp(true)} />
          )
        }
      </Loaded>
    </Panel>
  );
}

function SwitchedOff({ begin }: { begin: () => void }) {
  return (
    <Stack>
      <p className="muted">{t.secondFactorSigning}</p>
      <div>
        <Button icon={<ShieldCheck size={15} />} onClick={begin}>
          {t.setUpSecond}
        </Button>
      </div>
    </Stack>
  );
}

function SwitchedOn({ state }: { state: SecondFactor }) {
  const [dialog, setDialog] = useState<"renew" | "remove" | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const close = () => setDialog(null);
  if (codes) return <RecoveryCodes codes={codes} done={() => setCodes(null)} />;
  return (
    <Stack>
      <Facts
        facts={[
          [t.state, t.authenticatorApp],
          state.added_at && [t.since, <Ago key="since" at={state.added_at} />],
          [t.recoveryCodes2, t.leftRecoveryCodesLeft(state.recovery_codes_left)],
        ]}
      />
      {state.recovery_codes_left < 3 && <Notice kind="warn">{t.fewRecoveryCodes}</Notice>}
      <FormActions>
        <Button onClick={() => setDialog("renew")}>{t.newRecoveryCodes}</Button>
        <Button kind="danger" onClick={() => setDialog("remove")}>
          {t.removeSecondFactor}
        </Button>
      </FormActions>
      {dialog === "renew" && (
        <CodeDialog
          title={t.makeNewRecovery}
          about={t.presentOnesStop}
          submit={t.makeNewCodes}
          send={async (client, code) =>
            setCodes((await client.call<Codes>(`${SECOND_FACTOR_URL}/recovery-codes`, post(code))).codes)
          }
          close={close}
        />
      )}
      {dialog === "remove" && (
        <CodeDialog
          title={t.removeSecondFactor2}
          about={state.is_demanded ? t.mustSetOne : t.passwordAloneSigns}
          submit={t.remove}
          send={(client, code) => client.call(`${SECOND_FACTOR_URL}/remove`, post(code))}
          kind="danger"
          close={close}
        />
      )}
    </Stack>
  );
}

const post = (code: string) => ({ method: "POST", body: { code } }) as const;

function CodeDialog({
  title,
  about,
  submit,
  send,
  kind = "primary",
  close,
}: {
  title: string;
  about: string;
  submit: string;
  send: (client: Client, code: string) => Promise<unknown>;
  kind?: "primary" | "danger";
  close: () => void;
}) {
  const [code, setCode] = useState("");
  const act = useApiMutation(client => send(client, code.trim()), [keys.secondFactor()], close);
  const refusal = refusalOf(act.error, CODE_FIELDS);
  return (
    <FormDialog
      title={title}
      about={about}
      submit={submit}
      kind={kind}
      action={act}
      error={refusal.other}
      disabled={!code.trim()}
      onClose={close}
      onSubmit={() => act.mutate()}
    >
      <Field
        label={t.codeAuthenticatorApp}
        name="code"
        autoComplete="one-time-code"
        spellCheck={false}
        required
        value={code}
        error={refusal.on("code")}
        onChange={event => setCode(event.target.value)}
      />
    </FormDialog>
  );
}
