import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { identity, userUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { User } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { useSessionColumns } from "@/features/account/sessionColumns";
import { t } from "@/language/en/features/admin";
import { useServices } from "@/s3/context";
import { ConfirmButton } from "@/ui/Confirm";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";

/** Where somebody is signed in, for administrators. */
export function PersonSessions({ user }: { user: User }) {
  const url = `${userUrl(user.name)}/sessions`;
  const sessions = useQuery(identity.sessionsOf(useServices(), user.name));
  const endAll = useApiMutation(client => client.call(url, { method: "DELETE" }), [keys.sessions()]);
  const { columns, failure } = useSessionColumns(url);
  const rows = sessions.data?.items ?? [];
  return (
    <ListPanel
      label={t.sessions}
      title={t.sessions}
      tools={
        rows.length > 0 && (
          <ConfirmButton
            small
            label={t.endAll}
            icon={<LogOut size={15} />}
            title={t.signOutEverywhere(user.name)}
            about={t.signAgainBrowsers}
            action={endAll}
          />
        )
      }
      note={failure}
      query={sessions}
      loading={t.loadingSessions}
      lines={2}
      columns={columns.filter(column => column.id !== "began")}
      rows={rows}
      id={row => row.id}
      empty={<Empty title={t.notSignedAnywhere} />}
    />
  );
}
