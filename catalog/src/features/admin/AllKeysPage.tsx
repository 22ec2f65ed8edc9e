import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { apiKeyColumns } from "@/features/account/apiKeyColumns";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Filter } from "@/ui/Field";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { useLater } from "@/ui/useLater";

const states = () =>
  [
    ["ALL", t.all],
    ["ACTIVE", t.active],
    ["EXPIRED", t.expired],
  ] as const;

export function AllKeysPage() {
  const [state, setState] = useState<ReturnType<typeof states>[number][0]>("ALL");
  const [typed, setTyped] = useState("");
  const email = useLater(typed.trim());
  const query = { email, status: state === "ALL" ? "" : state };
  const keys = useInfiniteQuery(identity.allKeys(useServices(), query));
  const rows = itemsOf(keys.data);
  return (
    <Page title={t.everybodysApiKeys}>
      <Head title={t.apiKeys} about={t.apiKeysAll}>
        <Switch label={t.state} options={states()} value={state} onChange={setState} />
        <Filter label={t.findEMail} value={typed} onChange={setTyped} />
      </Head>
      <ListPanel
        label={t.apiKeys}
        query={keys}
        loading={t.loadingApiKeys}

        columns={apiKeyColumns("/api/v1/admin/keys", true)}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty title={t.noApiKeys} icon={<KeyRound size={22} />}>
            {email || state !== "ALL" ? t.noKeysMatch : t.nobodyMadeApi}
          </Empty>
        }
      />
    </Page>
  );
}
