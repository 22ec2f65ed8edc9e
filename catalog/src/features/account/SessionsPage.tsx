import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import { useApiMutation } from "@/api/useApiMutation";
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
    <Page title="Your sessions">
      <Head
        title="Sessions"
        about="Where you are signed in. Browsers stay signed in for 90 days after your last visit, or as long as single sign-on allows."
      >
        {rows.length > 1 && (
          <ConfirmButton
            label="End all others"
            icon={<LogOut size={15} />}
            title="End all other sessions?"
            about="All other browsers, command lines and programs have to sign in again. API keys still work."
            action={endOthers}
          />
        )}
      </Head>
      {failure}
      <ListPanel
        label="Sessions"
        table="Your sessions"
        query={sessions}
        loading="Loading sessions"
        columns={columns}
        rows={rows}
        id={row => row.id}
        empty={null}
      />
    </Page>
  );
}
