import { useInfiniteQuery } from "@tanstack/react-query";
import { MailPlus, UserPlus, UserRound, UsersRound } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { identity } from "@/api/identity";
import type { User } from "@/api/models";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { useLater } from "@/ui/useLater";
import { CreatePerson, InvitePerson } from "./AddPersonDialogs";
import { Invitations } from "./Invitations";
import { personPath } from "./paths";

const COLUMNS: Column<User>[] = [
  {
    id: "name",
    label: "Name",
    cell: row => (
      <NameCell icon={<UserRound size={16} />} sub={row.email}>
        <Link to={personPath(row.name)}>{row.name}</Link>{" "}
        {row.is_admin && <Chip kind="accent">administrator</Chip>}{" "}
        {!row.is_active && <Chip kind="warn">disabled</Chip>}
      </NameCell>
    ),
  },
  { id: "email", label: "E-mail", wide: true, cell: row => <span title={row.email}>{row.email}</span> },
  {
    id: "role",
    label: "Roles",
    wide: true,
    cell: row =>
      row.role === null ? (
        <span className="muted">none</span>
      ) : (
        <span title={row.roles.join(", ")}>
          {row.role}
          {row.roles.length > 1 && <span className="muted"> and {row.roles.length - 1} more</span>}
        </span>
      ),
  },
  {
    id: "login",
    label: "Last sign-in",
    wide: true,
    align: "right",
    width: 140,
    cell: row => (row.last_login ? <Ago at={row.last_login} /> : <span className="muted">never</span>),
  },
];

export function PeoplePage() {
  const [params, setParams] = useSearchParams();
  const [typed, setTyped] = useState(params.get("contains") ?? "");
  const contains = useLater(typed.trim());
  const role = params.get("role") ?? "";
  const people = useInfiniteQuery(identity.users(useServices(), { contains, role }));
  const rows = itemsOf(people.data);
  const [dialog, setDialog] = useState<"create" | "invite" | null>(null);
  return (
    <Page title="People">
      <Head
        title="People"
        about={
          role ? (
            <>
              Who has the role <b>{role}</b>. <Link to="/admin/people">Show everybody</Link>
            </>
          ) : (
            "Everybody with an account here."
          )
        }
      >
        <Filter
          label="Find by name or address"
          value={typed}
          onChange={value => {
            setTyped(value);
            setParams(role ? { role } : {}, { replace: true });
          }}
        />
        <Button icon={<MailPlus size={15} />} onClick={() => setDialog("invite")}>
          Invite
        </Button>
        <Button kind="primary" icon={<UserPlus size={15} />} onClick={() => setDialog("create")}>
          Add somebody
        </Button>
      </Head>
      <ListPanel
        label="People"
        query={people}
        loading="Loading people"
        columns={COLUMNS}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty
            title={contains ? `Nobody is called “${contains}”` : "Nobody"}
            icon={<UsersRound size={22} />}
          />
        }
      />
      {!contains && !role && <Invitations />}
      {dialog === "create" && <CreatePerson close={() => setDialog(null)} />}
      {dialog === "invite" && <InvitePerson close={() => setDialog(null)} />}
    </Page>
  );
}
