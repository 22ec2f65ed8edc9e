import { useInfiniteQuery } from "@tanstack/react-query";
import { MailPlus, UserPlus, UserRound, UsersRound } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { identity } from "@/api/identity";
import type { User } from "@/api/models";
import { t } from "@/language/en/features/admin";
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

const makeColumns = (): Column<User>[] => [
  {
    id: "name",
    label: t.name,
    cell: row => (
      <NameCell icon={<UserRound size={16} />} sub={row.email}>
        <Link to={personPath(row.name)}>{row.name}</Link>{" "}
        {row.is_admin && <Chip kind="accent">{t.administrator}</Chip>}{" "}
        {!row.is_active && <Chip kind="warn">{t.disabled}</Chip>}
      </NameCell>
    ),
  },
  { id: "email", label: t.eMail, wide: true, cell: row => <span title={row.email}>{row.email}</span> },
  {
    id: "role",
    label: t.roles,
    wide: true,
    cell: row =>
      row.role === null ? (
        <span className="muted">{t.none}</span>
      ) : (
        <span title={row.roles.join(", ")}>
          {row.role}
          {row.roles.length > 1 && <span className="muted">{t.moreRoles(row.roles.length - 1)}</span>}
        </span>
      ),
  },
  {
    id: "login",
    label: t.lastSign,
    wide: true,
    align: "right",
    width: 140,
    cell: row => (row.last_login ? <Ago at={row.last_login} /> : <span className="muted">{t.never}</span>),
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
    <Page title={t.people}>
      <Head
        title={t.people}
        about={
          role ? (
            <>{t.roleRoleShowEverybody(<b>{role}</b>, <Link to="/admin/people">{t.showEverybody}</Link>)}</>
          ) : (
            t.everybodyAccount
          )
        }
      >
        <Filter
          label={t.findNameAddress}
          value={typed}
          onChange={value => {
            setTyped(value);
            setParams(role ? { role } : {}, { replace: true });
          }}
        />
        <Button icon={<MailPlus size={15} />} onClick={() => setDialog("invite")}>
          {t.invite}
        </Button>
        <Button kind="primary" icon={<UserPlus size={15} />} onClick={() => setDialog("create")}>
          {t.addSomebody}
        </Button>
      </Head>
      <ListPanel
        label={t.people}
        query={people}
        loading={t.loadingPeople}
        columns={makeColumns()}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty title={contains ? t.nobodyCalled(contains) : t.nobody} icon={<UsersRound size={22} />} />
        }
      />
      {!contains && !role && <Invitations />}
      {dialog === "create" && <CreatePerson close={() => setDialog(null)} />}
      {dialog === "invite" && <InvitePerson close={() => setDialog(null)} />}
    </Page>
  );
}
