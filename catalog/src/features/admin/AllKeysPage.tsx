import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { itemsOf, useMore } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { keyColumns } from "@/features/account/keyColumns";
import { Filter } from "@/ui/Field";
import { Head, Page, Panel } from "@/ui/Layout";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { Table } from "@/ui/Table";
import { useLater } from "@/ui/useLater";

const STATES = [
  ["ALL", "All"],
  ["ACTIVE", "Active"],
  ["EXPIRED", "Expired"],
] as const;

export function AllKeysPage() {
  const [state, setState] = useState<(typeof STATES)[number][0]>("ALL");
  const [typed, setTyped] = useState("");
  const email = useLater(typed.trim());
  const query = { email, status: state === "ALL" ? "" : state };
  const keys = useInfiniteQuery(identity.allKeys(useServices(), query));
  const more = useMore(keys);
  const rows = itemsOf(keys.data);
  return (
    <Page title="Everybody’s API keys">
      <Head title="API keys" about="Everybody’s. A key that leaked is revoked here, or by whoever finds it.">
        <Switch label="State" options={STATES} value={state} onChange={setState} />
        <Filter label="Find by e-mail address" value={typed} onChange={setTyped} />
      </Head>
      <Panel label="API keys">
        {keys.isPending ? (
          <Loading label="Loading API keys" />
        ) : keys.isError && rows.length === 0 ? (
          <Failure error={keys.error} retry={keys.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No API keys" icon={<KeyRound size={22} />}>
            {email || state !== "ALL" ? "None fits." : "Nobody has made one yet."}
          </Empty>
        ) : (
          <>
            <Table
              label="API keys"
              columns={keyColumns("/api/v1/admin/keys", true)}
              rows={rows}
              id={row => row.id}
              more={more}
            />
            <MoreFailed query={keys} />
          </>
        )}
      </Panel>
    </Page>
  );
}
