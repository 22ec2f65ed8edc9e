import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { apiKeyColumns } from "@/features/account/apiKeyColumns";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Filter } from "@/ui/Field";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { Switch } from "@/ui/Switch";
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
  const rows = itemsOf(keys.data);
  return (
    <Page title="Everybody’s API keys">
      <Head title="API keys" about="The API keys of all people. Revoke a key here if it has leaked.">
        <Switch label="State" options={STATES} value={state} onChange={setState} />
        <Filter label="Find by e-mail address" value={typed} onChange={setTyped} />
      </Head>
      <ListPanel
        label="API keys"
        query={keys}
        loading="Loading API keys"

        columns={apiKeyColumns("/api/v1/admin/keys", true)}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty title="No API keys" icon={<KeyRound size={22} />}>
            {email || state !== "ALL" ? "No keys match." : "Nobody has made an API key yet."}
          </Empty>
        }
      />
    </Page>
  );
}
