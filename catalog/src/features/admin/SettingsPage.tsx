import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { instance, SETTINGS } from "@/api/instance";
import type { InstanceSettings, InstanceSettingsUpdate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { LabelledRow } from "./LabelledRow";
import { LookPanel } from "./look/LookPanel";

const rules = (): Record<string, string> => ({
  "health-omics": t.healthOmicsRuns,
  "ro-crate": t.roCrateFolders,
});

/** What is on or off for everybody. */
export function SettingsPage() {
  const settings = useQuery(instance.settings(useServices()));
  return (
    <Page title={t.settings}>
      <Head title={t.settings} about={t.holdsEverybody} />
      <LookPanel />
      <Loaded query={settings} label={t.loadingSettings}>
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
      <Notice>{t.switchesQuiltsCatalogs}</Notice>
      <ErrorNotice error={turn.error} />
      <Panel title={t.tabulator}>
        <ul>
          <Setting
            name={t.openQuery}
            on={settings.tabulator_open_query}
            turn={on => turn.mutate({ tabulator_open_query: on })}
          >
            {t.tablesQueriedRights}
          </Setting>
        </ul>
      </Panel>
      <Panel title={t.packagingEvents}>
        <ul>
          {Object.entries(settings.event_rules).map(([name, on]) => (
            <Setting key={name} name={name} on={on} turn={to => turn.mutate({ event_rules: { [name]: to } })}>
              {rules()[name]}
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
          ["off", t.off2],
          ["on", t.on],
        ]}
        value={on ? "on" : "off"}
        onChange={value => turn(value === "on")}
      />
    </LabelledRow>
  );
}
