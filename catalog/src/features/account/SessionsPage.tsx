import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { useServices } from "@/s3/context";
import { ConfirmButton } from "@/ui/Confirm";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { useSessionColumns } from "./sessionColumns";

const OWN = "/api/v1/sessions";

export function SessionsPage() {
  const sessions = useQuery(identity.sessions(useServices()));
  const endOthers = useApiMutation(client => client.call(OWN, { method: "DELETE" }), [keys.sessions()]);
  const { columns, failure } = useSessionColumns(OWN);
  const rows = sessions.data?.items ?? [];
  return (
    <Page title={t.sessions2}>
      <Head title={t.sessions} about={t.whereSignedBrowsers}>
        {rows.length > 1 && (
          <ConfirmButton
            label={t.endAllOthers}
            icon={<LogOut size={15} />}
            title={t.endAllOther}
            about={t.allOtherBrowsers}
            action={endOthers}
          />
        )}
      </Head>
      {failure}
      <ListPanel
        label={t.sessions}
        table={t.sessions2}
        query={sessions}
        loading={t.loadingSessions}
        columns={columns}
        rows={rows}
        id={row => row.id}
        empty={null}
      />
    </Page>
  );
}
