import { useQuery } from "@tanstack/react-query";
import { Plus, Shapes } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role, RoleCreate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { summary } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { FormDialog } from "@/ui/FormDialog";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { type Column, NameCell } from "@/ui/Table";
import { rolePath } from "./paths";
import { RoleArnField, RoleChips, RoleNameField } from "./RoleFields";

const COLUMNS: Column<Role>[] = [
  {
    id: "name",
    label: "Role",
    cell: row => (
      <NameCell icon={<Shapes size={16} />} sub={summary(row.permissions)}>
        <Link to={rolePath(row.name)}>{row.name}</Link> <RoleChips role={row} />
      </NameCell>
    ),
  },
  {
    id: "permits",
    label: "May",
    wide: true,
    cell: row => <span title={summary(row.permissions)}>{summary(row.permissions)}</span>,
  },
  {
    id: "policies",
    label: "By",
    wide: true,
    cell: row => {
      const by = row.managed ? row.policies.map(policy => policy.title).join(", ") : row.arn;
      return (
        <span className="muted" title={by}>
          {by}
        </span>
      );
    },
  },
];

export function RolesPage() {
  const roles = useQuery(identity.roles(useServices()));
  const [creating, setCreating] = useState(false);
  return (
    <Page title="Roles">
      <Head title="Roles" about="What people may do in which buckets. New people get the default role.">
        <Button kind="primary" icon={<Plus size={15} />} onClick={() => setCreating(true)}>
          Make a role
        </Button>
      </Head>
      <ListPanel
        label="Roles"
        query={roles}
        loading="Loading roles"
        columns={COLUMNS}
        rows={roles.data ?? []}
        id={row => row.id}
        empty={
          <Empty title="No roles" icon={<Shapes size={22} />}>
            Without a role, nobody sees any bucket.
          </Empty>
        }
      />
      {creating && <CreateRoleDialog close={() => setCreating(false)} />}
    </Page>
  );
}

function CreateRoleDialog({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const [kind, setKind] = useState<"managed" | "unmanaged">("managed");
  const [name, setName] = useState("");
  const [arn, setArn] = useState("");
  const [tried, setTried] = useState(false);
  const create = useApiMutation(
    (client, body: RoleCreate) => client.call<Role>("/api/v1/admin/roles", { method: "POST", body }),
    [keys.roles()],
    made => void navigate(rolePath(made.name)),
  );
  const wrong = name.trim() ? null : "A role needs a name.";
  const wrongArn = kind === "managed" || arn.startsWith("arn:") ? null : "It begins with arn:aws:iam::";
  return (
    <FormDialog
      title="Make a role"
      submit="Make role"
      action={create}
      onClose={close}
      onSubmit={() => {
        setTried(true);
        if (wrong || wrongArn) return;
        create.mutate({
          name: name.trim(),
          ...(kind === "managed" ? { policies: [] } : { arn: arn.trim() }),
        });
      }}
    >
      <Switch
        label="Kind"
        options={[
          ["managed", "Managed"],
          ["unmanaged", "Unmanaged"],
        ]}
        value={kind}
        onChange={setKind}
      />
      <p className="muted">
        {kind === "managed"
          ? "It may do what its policies permit; you choose them next."
          : "It stands for an IAM role of yours, and may do what that role may."}
      </p>
      <RoleNameField value={name} onChange={setName} error={tried ? wrong : null} />
      {kind === "unmanaged" && <RoleArnField value={arn} onChange={setArn} error={tried ? wrongArn : null} />}
    </FormDialog>
  );
}
