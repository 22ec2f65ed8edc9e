import { useQuery } from "@tanstack/react-query";
import { Plus, ShieldCheck } from "lucide-react";
import { Link } from "react-router";
import { identity } from "@/api/identity";
import type { Policy } from "@/api/models";
import { summary } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";

const permits = (policy: Policy) => (policy.managed ? summary(policy.permissions) : (policy.arn ?? ""));
const rolesOf = (policy: Policy) => policy.roles.map(role => role.name).join(", ");

const COLUMNS: Column<Policy>[] = [
  {
    id: "title",
    label: "Policy",
    cell: row => (
      <NameCell icon={<ShieldCheck size={16} />} sub={permits(row)}>
        <Link to={`/admin/policies/${row.id}`}>{row.title}</Link> {!row.managed && <Chip>unmanaged</Chip>}
      </NameCell>
    ),
  },
  {
    id: "permits",
    label: "Permits",
    wide: true,
    cell: row => <span title={permits(row)}>{permits(row)}</span>,
  },
  {
    id: "roles",
    label: "Roles that have it",
    wide: true,
    cell: row => (
      <span className="muted" title={rolesOf(row)}>
        {rolesOf(row) || "none"}
      </span>
    ),
  },
];

export function PoliciesPage() {
  const policies = useQuery(identity.policies(useServices()));
  return (
    <Page title="Policies">
      <Head title="Policies" about="Permissions on buckets. Managed roles consist of policies.">
        <ButtonLink to="/admin/policies/new" kind="primary" icon={<Plus size={15} />}>
          Make a policy
        </ButtonLink>
      </Head>
      <ListPanel
        label="Policies"
        query={policies}
        loading="Loading policies"
        columns={COLUMNS}
        rows={policies.data ?? []}
        id={row => row.id}
        empty={
          <Empty title="No policies" icon={<ShieldCheck size={22} />}>
            Make a policy that permits reading or writing buckets, and give it to a role.
          </Empty>
        }
      />
    </Page>
  );
}
