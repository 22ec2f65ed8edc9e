import { useInfiniteQuery } from "@tanstack/react-query";
import { Mail, MailX, Send } from "lucide-react";
import { identity, invitationUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Invitation } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Chip } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { ErrorNotice, Notice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import styles from "./Invitations.module.css";

/** Invitations that wait to be accepted; nothing where there are none. */
export function Invitations() {
  const invitations = useInfiniteQuery(identity.invitations(useServices()));
  const again = useApiMutation(
    (client, { id }: Invitation) => client.call<Invitation>(`${invitationUrl(id)}/send`, { method: "POST" }),
    [keys.invitations()],
  );
  const rows = itemsOf(invitations.data);
  if (rows.length === 0 && !invitations.isError) return null;
  const columns: Column<Invitation>[] = [
    {
      id: "email",
      label: "Invited",
      cell: row => (
        <NameCell icon={<Mail size={16} />} sub={row.name ?? "will choose a name"}>
          {row.email} {row.is_expired && <Chip kind="warn">expired</Chip>}
        </NameCell>
      ),
    },
    {
      id: "role",
      label: "Role",
      wide: true,
      cell: row => row.role ?? <span className="muted">the default</span>,
    },
    { id: "by", label: "By", wide: true, width: 140, cell: row => row.invited_by || "unknown" },
    {
      id: "until",
      label: "Ends",
      wide: true,
      align: "right",
      width: 140,
      cell: row => <Ago at={row.expires_at} />,
    },
    {
      id: "actions",
      label: "Actions",
      quiet: true,
      align: "right",
      width: 250,
      cell: row => (
        <span className={styles.tools}>
          <Button
            small
            icon={<Send size={14} />}
            busy={again.isPending && again.variables.id === row.id}
            aria-label={`Send the invitation to ${row.email} again`}
            onClick={() => again.mutate(row)}
          >
            Send again
          </Button>{" "}
          <Withdraw invitation={row} />
        </span>
      ),
    },
  ];
  return (
    <>
      <ErrorNotice error={again.error} />
      {again.isSuccess && (
        <Notice>A new link is on its way to {again.data.email}. The old one has ended.</Notice>
      )}
      <ListPanel
        label="Invitations"
        title="Invitations"
        query={invitations}
        loading="Loading invitations"
        columns={columns}
        rows={rows}
        id={row => row.id}
        empty={null}
      />
    </>
  );
}

function Withdraw({ invitation: { id, email } }: { invitation: Invitation }) {
  const withdraw = useApiMutation(
    client => client.call(invitationUrl(id), { method: "DELETE" }),
    [keys.invitations()],
  );
  return (
    <ConfirmButton
      small
      label="Withdraw"
      icon={<MailX size={14} />}
      title={`Withdraw the invitation to ${email}?`}
      about="The link in the mail stops working."
      action={withdraw}
    />
  );
}
