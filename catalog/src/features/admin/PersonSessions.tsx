import { keys } from "@/api/keys";
import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { identity, userUrl } from "@/api/identity";
import { useApiMutation } from "@/api/useApiMutation";
import type { User } from "@/api/models";
import { useServices } from "@/s3/context";
import { useSessions } from "@/features/account/sessionColumns";
import { ConfirmButton } from "@/ui/Confirm";
import { Panel } from "@/ui/Layout";
import { Empty, Failure, Loading } from "@/ui/States";
import { Table } from "@/ui/Table";

/** Where somebody is signed in, for administrators. */
export function PersonSessions({ user }: { user: User }) {
  const url = `${userUrl(user.name)}/sessions`;
  const sessions = useQuery(identity.sessionsOf(useServices(), user.name));
  const endAll = useApiMutation(client => client.call(url, { method: "DELETE" }), [keys.sessions()]);
  const { columns, failure } = useSessions(url);
  const rows = sessions.data?.items ?? [];
  return (
    <Panel
      title="Sessions"
      label="Sessions"
      tools={
        rows.length > 0 && (
          <ConfirmButton
            small
            label="End all"
            icon={<LogOut size={15} />}
            title={`Sign ${user.name} out everywhere?`}
            about="They have to sign in again, in browsers and on the command line. API keys go on."
            action={endAll}
          />
        )
      }
    >
      {failure}
      {sessions.isPending ? (
        <Loading rows={2} label="Loading sessions" />
      ) : sessions.isError ? (
        <Failure error={sessions.error} retry={sessions.refetch} />
      ) : rows.length === 0 ? (
        <Empty title="Signed in nowhere" />
      ) : (
        <Table
          label="Sessions"
          columns={columns.filter(column => column.id !== "began")}
          rows={rows}
          id={row => row.id}
        />
      )}
    </Panel>
  );
}
