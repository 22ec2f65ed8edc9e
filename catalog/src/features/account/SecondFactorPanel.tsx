import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Client } from "@/api/client";
import { identity, SECOND_FACTOR_URL } from "@/api/identity";
import { keys } from "@/api/keys";
import type { RecoveryCodes as Codes, SecondFactor } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
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
    <Panel title="Second factor" label="Second factor" padded>
      <Loaded query={state} label="Loading your second factor" lines={2}>
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
      <p className="muted">
        With a second factor, signing in with your password also takes a code from an app on your phone. Your
        other sessions end when you switch it on; API keys stay.
      </p>
      <div>
        <Button icon={<ShieldCheck size={15} />} onClick={begin}>
          Set up a second factor
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
          ["State", "On: an authenticator app"],
          state.added_at && ["Since", <Ago key="since" at={state.added_at} />],
          ["Recovery codes", `${state.recovery_codes_left} left`],
        ]}
      />
      {state.recovery_codes_left < 3 && (
        <Notice kind="warn">You have few recovery codes left. Make new ones.</Notice>
      )}
      <FormActions>
        <Button onClick={() => setDialog("renew")}>New recovery codes</Button>
        <Button kind="danger" onClick={() => setDialog("remove")}>
          Remove second factor
        </Button>
      </FormActions>
      {dialog === "renew" && (
        <CodeDialog
          title="Make new recovery codes?"
          about="The present ones stop working."
          submit="Make new codes"
          send={async (client, code) =>
            setCodes((await client.call<Codes>(`${SECOND_FACTOR_URL}/recovery-codes`, post(code))).codes)
          }
          close={close}
        />
      )}
      {dialog === "remove" && (
        <CodeDialog
          title="Remove the second factor?"
          about={
            state.is_demanded
              ? "You must set one up again before you can do anything else."
              : "Your password alone signs you in then."
          }
          submit="Remove"
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
        label="Code of your authenticator app, or a recovery code"
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
