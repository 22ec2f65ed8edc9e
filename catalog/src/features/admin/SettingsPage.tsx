import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { instance, SETTINGS } from "@/api/instance";
import type { InstanceSettings, InstanceSettingsUpdate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { LabelledRow } from "./LabelledRow";
import { LookPanel } from "./look/LookPanel";

const RULES: Record<string, string> = {
  "health-omics": "Runs of AWS HealthOmics become packages.",
  "ro-crate": "Folders with an ro-crate-metadata.json become packages.",
};

/** What is on or off for everybody. */
export function SettingsPage() {
  const settings = useQuery(instance.settings(useServices()));
  return (
    <Page title="Settings">
      <Head title="Settings" about="What holds for everybody." />
      <LookPanel />
      <Loaded query={settings} label="Loading settings">
        {data => <Switches settings={data} />}
      </Loaded>
    </Page>
  );
}

function Switches({ settings }: { settings: InstanceSettings }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const turn = useApiMutation(
    (client, body: InstanceSettingsUpdate) =>
      client.call<InstanceSettings>(SETTINGS, { method: "PATCH", body }),
    [],
    made => queryClient.setQueryData(instance.settings(services).queryKey, made),
  );
  return (
    <>
      <Notice>
        Switches for Quilt's own catalogs, which show these and ask for them. Nothing else acts on them.
      </Notice>
      <ErrorNotice error={turn.error} />
      <Panel title="Tabulator">
        <ul>
          <Setting
            name="Open query"
            on={settings.tabulator_open_query}
            turn={on => turn.mutate({ tabulator_open_query: on })}
          >
            Tables are queried with the rights of the instance instead of the caller's.
          </Setting>
        </ul>
      </Panel>
      <Panel title="Packaging by events">
        <ul>
          {Object.entries(settings.event_rules).map(([name, on]) => (
            <Setting key={name} name={name} on={on} turn={to => turn.mutate({ event_rules: { [name]: to } })}>
              {RULES[name]}
            </Setting>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function Setting({
  name,
  on,
  turn,
  children,
}: {
  name: string;
  on: boolean;
  turn: (on: boolean) => void;
  children?: ReactNode;
}) {
  return (
    <LabelledRow name={name} about={children}>
      <Switch
        label={name}
        options={[
          ["off", "Off"],
          ["on", "On"],
        ]}
        value={on ? "on" : "off"}
        onChange={value => turn(value === "on")}
      />
    </LabelledRow>
  );
}
