import { useQuery } from "@tanstack/react-query";
import { Globe, LogOut, SquareTerminal } from "lucide-react";
import { identity, useAct } from "@/api/identity";
import type { SessionList } from "@/api/models";
import { useServices } from "@/app/services";
import { device } from "@/lib/agents";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { Failure, Loading, Notice, said } from "@/ui/States";
import { NameCell, Table, type Column } from "@/ui/Table";

type Session = SessionList["items"][number];

/** A tool by its own name; everything else by what it is. */
const named = (row: Session) => row.application ?? device(row.user_agent);

export function Component() {
  const sessions = useQuery(identity.sessions(useServices()));
  const end = useAct(
    (client, id: string) => client.call(`/api/v1/sessions/${id}`, { method: "DELETE" }),
    ["sessions"],
  );
  const endOthers = useAct(client => client.call("/api/v1/sessions", { method: "DELETE" }), ["sessions"]);
  const rows = sessions.data?.items ?? [];
  const columns: Column<Session>[] = [
    {
      id: "device",
      label: "Device",
      cell: row => (
        <NameCell
          icon={row.user_agent.startsWith("Mozilla/") ? <Globe size={16} /> : <SquareTerminal size={16} />}
          sub={
            <>
              {row.address} · <LastSeen row={row} />
            </>
          }
        >
          <span title={row.user_agent}>{named(row)}</span>{" "}
          {row.is_current && <Chip kind="accent">this one</Chip>}
        </NameCell>
      ),
    },
    { id: "address", label: "Address", wide: true, width: 200, cell: row => row.address || "–" },
    {
      id: "began",
      label: "Signed in",
      wide: true,
      align: "right",
      width: 148,
      cell: row => <Ago at={row.created_at} />,
    },
    {
      id: "seen",
      label: "Last seen",
      wide: true,
      align: "right",
      width: 148,
      cell: row => <LastSeen row={row} />,
    },
    {
      id: "end",
      label: "End",
      quiet: true,
      align: "right",
      width: 104,
      cell: row =>
        row.is_current ? (
          <ButtonLink to="/signout" small>
            Sign out
          </ButtonLink>
        ) : (
          <Button
            small
            kind="danger"
            busy={end.isPending && end.variables === row.id}
            onClick={() => end.mutate(row.id)}
            aria-label={`End the session of ${named(row)}`}
          >
            End
          </Button>
        ),
    },
  ];
  return (
    <Page title="Your sessions">
      <Head
        title="Sessions"
        about="Where you are signed in. Browsers stay so for 90 days after you were last there."
      >
        {rows.length > 1 && (
          <ConfirmButton
            label="End all others"
            icon={<LogOut size={15} />}
            title="End all other sessions?"
            about="Everything but this browser has to sign in again, the command line and running programs, too. API keys go on."
            action={endOthers}
          />
        )}
      </Head>
      {end.isError && <Notice kind="danger">{said(end.error)}</Notice>}
      <Panel label="Sessions">
        {sessions.isPending ? (
          <Loading label="Loading sessions" />
        ) : sessions.isError ? (
          <Failure error={sessions.error} retry={sessions.refetch} />
        ) : (
          <Table label="Your sessions" columns={columns} rows={rows} id={row => row.id} />
        )}
      </Panel>
    </Page>
  );
}

function LastSeen({ row }: { row: Session }) {
  return row.is_current ? <>now</> : <Ago at={row.last_seen_at ?? row.created_at} />;
}
