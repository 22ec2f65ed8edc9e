import { useQuery } from "@tanstack/react-query";
import type { Diff } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages/compare";
import { userMeta } from "@/lib/metadata";
import { useServices } from "@/s3/context";
import { Panel } from "@/ui/Layout";
import { Loaded, together } from "@/ui/Loaded";
import { MetaChanges } from "./MetaChanges";

/** Stands for the revision before the first push. */
const NO_BASE = { data: null, isPending: false, isError: false, error: null, refetch: () => null };

/** What differs in the metadata of the two revisions themselves. */
export function PackageMetadataChanges({ diff }: { diff: Diff }) {
  const services = useServices();
  const { head, base } = diff;
  const after = useQuery(queries.revision(services, head.bucket, head.name, head.top_hash));
  const before = useQuery({
    ...queries.revision(services, base?.bucket ?? "", base?.name ?? "", base?.top_hash ?? ""),
    enabled: base !== null,
  });
  return (
    <Panel title={t.packageMetadata} padded>
      <Loaded query={together(base ? before : NO_BASE, after)} label={t.loadingMetadata} lines={2}>
        {([was, is]) => <MetaChanges before={userMeta(was?.user_meta)} after={userMeta(is.user_meta)} />}
      </Loaded>
    </Panel>
  );
}
