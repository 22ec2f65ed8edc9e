/** API keys in a table: one's own, or everybody's. */
import { KeyRound } from "lucide-react";
import { Link } from "react-router";
import { keys } from "@/api/keys";
import type { ApiKey } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { encode } from "@/lib/paths";
import { ConfirmButton } from "@/ui/Confirm";
import { Chip } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { type Column, NameCell } from "@/ui/Table";

export function apiKeyColumns(url: string, withOwner = false): Column<ApiKey>[] {
  const owner: Column<ApiKey> = {
    id: "owner",
    label: t.whose,
    wide: true,
    width: 150,
    cell: row => <Link to={`/admin/people/${encode(row.user)}`}>{row.user}</Link>,
  };
  return [
    {
      id: "name",
      label: t.name,
      cell: row => (
        <NameCell
          icon={<KeyRound size={16} />}
          sub={
            <>
              {withOwner ? `${row.user} · ` : ""}
              <End row={row} />
            </>
          }
        >
          <span title={row.name}>{row.name}</span> {row.may_administer && <Chip>{t.administers}</Chip>}{" "}
          {row.status === "EXPIRED" && <Chip kind="warn">{t.expired}</Chip>}
        </NameCell>
      ),
    },
    ...(withOwner ? [owner] : []),
    { id: "print", label: t.key, wide: true, width: 150, cell: row => <code>{row.fingerprint}</code> },
    {
      id: "used",
      label: t.lastUsed,
      wide: true,
      align: "right",
      width: 148,
      cell: row =>
        row.last_used_at ? <Ago at={row.last_used_at} /> : <span className="muted">{t.never}</span>,
    },
    {
      id: "made",
      label: t.made,
      wide: true,
      align: "right",
      width: 148,
      cell: row => <Ago at={row.created_at} />,
    },
    {
      id: "end",
      label: t.ends,
      wide: true,
      align: "right",
      width: 148,
      cell: row => <Ago at={row.expires_at} />,
    },
    {
      id: "revoke",
      label: t.revoke,
      quiet: true,
      align: "right",
      width: 122,
      cell: row => <Revoke url={url} row={row} />,
    },
  ];
}

function End({ row }: { row: ApiKey }) {
  return (
    <>
      {row.status === "EXPIRED" ? t.ended : t.ends2} <Ago at={row.expires_at} />
    </>
  );
}

function Revoke({ url, row }: { url: string; row: ApiKey }) {
  const revoke = useApiMutation(
    client => client.call(`${url}/${row.id}`, { method: "DELETE" }),
    [keys.apiKeys(), keys.allApiKeys()],
  );
  return (
    <ConfirmButton
      small
      label={t.revoke}
      title={t.revokeKey(row.name)}
      about={t.programsUseRefused}
      action={revoke}
    />
  );
}
