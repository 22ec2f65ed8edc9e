import { useQuery } from "@tanstack/react-query";
import { Plus, ShieldCheck } from "lucide-react";
import { Link } from "react-router";
import { identity } from "@/api/identity";
import type { Policy } from "@/api/models";
import { t } from "@/language/en/features/admin";
import { summary } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";

const permits = (policy: Policy) => (policy.managed ? summary(policy.permissions) : (policy.arn ?? ""));
const rolesOf = (policy: Policy) => policy.roles.map(role => role.name).join(", ");

const makeColumns = (): Column<Policy>[] => [
  {
    id: "title",
    label: t.policy,
    cell: row => (
      <NameCell icon={<ShieldCheck size={16} />} sub={permits(row)}>
        <Link to={`/admin/policies/${row.id}`}>{row.title}</Link> {!row.managed && <Chip>{t.unmanaged}</Chip>}
      </NameCell>
    ),
  },
  {
    id: "permits",
    label: t.permits,
    wide: true,
    cell: row => <span title={permits(row)}>{permits(row)}</span>,
  },
  {
    id: "roles",
    label: t.roles2,
    wide: true,
    cell: row => (
      <span className="muted" title={rolesOf(row)}>
        {rolesOf(row) || t.none}
      </span>
    ),
  },
];

export function PoliciesPage() {
  const policies = useQuery(identity.policies(useServices()));
  return (
    <Page title={t.policies}>
      <Head title={t.policies} about={t.permissionsBucketsManaged}>
        <ButtonLink to="/admin/policies/new" kind="primary" icon={<Plus size={15} />}>
          {t.makePolicy}
        </ButtonLink>
      </Head>
      <ListPanel
        label={t.policies}
        query={policies}
        loading={t.loadingPolicies}
        columns={makeColumns()}
        rows={policies.data ?? []}
        id={row => row.id}
        empty={
          <Empty title={t.noPolicies} icon={<ShieldCheck size={22} />}>
            {t.makePolicyPermits}
          </Empty>
        }
      />
    </Page>
  );
}
