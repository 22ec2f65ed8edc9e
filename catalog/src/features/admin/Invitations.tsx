import { useInfiniteQuery } from "@tanstack/react-query";
import { Mail, MailX, Send } from "lucide-react";
import { identity, invitationUrl } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Invitation } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Chip } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { ErrorNotice, Notice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { PHONE, useMedia } from "@/ui/useMedia";
import styles from "./Invitations.module.css";

/** Invitations that wait to be accepted; nothing where there are none. */
export function Invitations() {
  const invitations = useInfiniteQuery(identity.invitations(useServices()));
  const again = useApiMutation(
    (client, { id }: Invitation) => client.call<Invitation>(`${invitationUrl(id)}/send`, { method: "POST" }),
    [keys.invitations()],
  );
  const phone = useMedia(PHONE);
  const rows = itemsOf(invitations.data);
  if (rows.length === 0 && !invitations.isError) return null;
  const columns: Column<Invitation>[] = [
    {
      id: "email",
      label: t.invited,
      cell: row => (
        <NameCell icon={<Mail size={16} />} sub={row.name ?? t.willChooseName}>
          {row.email} {row.is_expired && <Chip kind="warn">{t.expired2}</Chip>}
        </NameCell>
      ),
    },
    {
      id: "role",
      label: t.role,
      wide: true,
      cell: row => row.role ?? <span className="muted">{t.default}</span>,
    },
    { id: "by", label: t.by, wide: true, width: 140, cell: row => row.invited_by || t.unknown },
    {
      id: "until",
      label: t.ends,
      wide: true,
      align: "right",
      width: 140,
      cell: row => <Ago at={row.expires_at} />,
    },
    {
      id: "actions",
      label: t.actions,
      quiet: true,
      align: "right",
      width: phone ? 116 : 328,
      cell: row => (
        <span className={styles.tools}>
          <Button
            small
            icon={<Send size={14} />}
            busy={again.isPending && again.variables.id === row.id}
            aria-label={t.sendInvitationAgain(row.email)}
            onClick={() => again.mutate(row)}
          >
            {t.sendAgain}
          </Button>{" "}
          <Withdraw invitation={row} />
        </span>
      ),
    },
  ];
  return (
    <>
      <ErrorNotice error={again.error} />
      {again.isSuccess && <Notice>{t.newLinkWay(again.data.email)}</Notice>}
      <ListPanel
        label={t.invitations}
        title={t.invitations}
        query={invitations}
        loading={t.loadingInvitations}
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
      label={t.withdraw}
      icon={<MailX size={14} />}
      title={t.withdrawInvitation(email)}
      about={t.linkMailStops}
      action={withdraw}
    />
  );
}
