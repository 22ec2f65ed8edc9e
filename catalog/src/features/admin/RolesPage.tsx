import { useQuery } from "@tanstack/react-query";
import { Plus, Shapes } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { Role, RoleCreate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin";
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

const makeColumns = (): Column<Role>[] => [
  {
    id: "name",
    label: t.role,
    cell: row => (
      <NameCell icon={<Shapes size={16} />} sub={summary(row.permissions)}>
        <Link to={rolePath(row.name)}>{row.name}</Link> <RoleChips role={row} />
      </NameCell>
    ),
  },
  {
    id: "permits",
    label: t.may2,
    wide: true,
    cell: row => <span title={summary(row.permissions)}>{summary(row.permissions)}</span>,
  },
  {
    id: "policies",
    label: t.by,
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
    <Page title={t.roles}>
      <Head title={t.roles} about={t.peopleMayDo}>
        <Button kind="primary" icon={<Plus size={15} />} onClick={() => setCreating(true)}>
          {t.makeRole}
        </Button>
      </Head>
      <ListPanel
        label={t.roles}
        query={roles}
        loading={t.loadingRoles}
        columns={makeColumns()}
        rows={roles.data ?? []}
        id={row => row.id}
        empty={
          <Empty title={t.noRoles} icon={<Shapes size={22} />}>
            {t.withoutRoleNobody}
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
  const wrong = name.trim() ? null : t.roleNeedsName;
  const wrongArn = kind === "managed" || arn.startsWith("arn:") ? null : t.beginsArnAws;
  return (
    <FormDialog
      title={t.makeRole}
      submit={t.makeRole2}
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
        label={t.kind}
        options={[
          ["managed", t.managed],
          ["unmanaged", t.unmanaged2],
        ]}
        value={kind}
        onChange={setKind}
      />
      <p className="muted">{kind === "managed" ? t.mayDoPolicies : t.standsIamRole}</p>
      <RoleNameField value={name} onChange={setName} error={tried ? wrong : null} />
      {kind === "unmanaged" && <RoleArnField value={arn} onChange={setArn} error={tried ? wrongArn : null} />}
    </FormDialog>
  );
}
