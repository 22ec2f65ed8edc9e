import { useInfiniteQuery } from "@tanstack/react-query";
import { identity } from "@/api/identity";
import type { User } from "@/api/models";
import { apiKeyColumns } from "@/features/account/apiKeyColumns";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";

/** The API keys of a person. */
export function PersonKeys({ user }: { user: User }) {
  const keys = useInfiniteQuery(identity.allKeys(useServices(), { email: user.email }));
  const rows = itemsOf(keys.data).filter(key => key.user === user.name);
  return (
    <ListPanel
      title={t.apiKeys}
      label={t.apiKeys}
      query={keys}
      loading={t.loadingApiKeys}
      lines={2}

      columns={apiKeyColumns("/api/v1/admin/keys").filter(column => column.id !== "made")}
      rows={rows}
      id={row => row.id}
      empty={<Empty title={t.noApiKeys} />}
    />
  );
}
