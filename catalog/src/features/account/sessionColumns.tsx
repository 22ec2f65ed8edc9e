/** Sessions in a table: one's own, or somebody's. */
import { Globe, SquareTerminal } from "lucide-react";
import { keys } from "@/api/keys";
import type { SessionList } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { device } from "@/lib/agents";
import { Button, ButtonLink } from "@/ui/Button";
import { Chip } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { ErrorNotice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";

export type Session = SessionList["items"][number];

/** A tool by its own name; everything else by what it is. */
const named = (row: Session) => row.application ?? device(row.user_agent);

/** `url`: whose sessions these are. */
export function useSessionColumns(url: string) {
  const end = useApiMutation(
    (client, id: string) => client.call(`${url}/${id}`, { method: "DELETE" }),
    [keys.sessions()],
  );
  const columns: Column<Session>[] = [
    {
      id: "device",
      label: t.device,
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
          {row.is_current && <Chip kind="accent">{t.one}</Chip>}
        </NameCell>
      ),
    },
    { id: "address", label: t.address, wide: true, width: 200, cell: row => row.address || "–" },
    {
      id: "began",
      label: t.signed,
      wide: true,
      align: "right",
      width: 148,
      cell: row => <Ago at={row.created_at} />,
    },
    {
      id: "seen",
      label: t.lastSeen,
      wide: true,
      align: "right",
      width: 148,
      cell: row => <LastSeen row={row} />,
    },
    {
      id: "end",
      label: t.end,
      quiet: true,
      align: "right",
      width: 122,
      cell: row =>
        row.is_current ? (
          <ButtonLink to="/signout" small>
            {t.signOut}
          </ButtonLink>
        ) : (
          <Button
            small
            kind="danger"
            busy={end.isPending && end.variables === row.id}
            onClick={() => end.mutate(row.id)}
            aria-label={t.endSession(named(row))}
          >
            {t.end}
          </Button>
        ),
    },
  ];
  const failure = <ErrorNotice error={end.error} />;
  return { columns, failure };
}

function LastSeen({ row }: { row: Session }) {
  return row.is_current ? <>{t.now}</> : <Ago at={row.last_seen_at ?? row.created_at} />;
}
