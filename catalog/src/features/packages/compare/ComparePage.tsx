import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import type { Diff, DiffKind } from "@/api/models";
import { pushQueries, type Side } from "@/api/pushes";
import { t } from "@/language/en/features/packages/compare";
import { usePackageName } from "@/lib/params";
import { packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Crumbs, Head, Page } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { changeKinds } from "./ChangeKind";
import { Changes } from "./Changes";
import { KindFilter } from "./KindFilter";
import { PackageMetadataChanges } from "./PackageMetadataChanges";
import { Sides } from "./Sides";

const LATEST = "latest";

const isKind = (text: string): text is DiffKind => changeKinds().some(([kind]) => kind === text);

/** A revision beside another: by default, what its push changed. */
export function ComparePage() {
  const { bucket, name } = usePackageName();
  const [params, setParams] = useSearchParams();
  const head: Side = { bucket, name, reference: params.get("head") ?? LATEST };
  const base: Side | null =
    params.has("base") || params.has("base_package")
      ? {
          bucket: params.get("base_bucket") ?? bucket,
          name: params.get("base_package") ?? name,
          reference: params.get("base") ?? LATEST,
        }
      : null;
  const kinds = (params.get("kind") ?? "").split(",").filter(isKind);
  const services = useServices();
  const about = useQuery(pushQueries.diffTotals(services, head, base));
  const toggle = (kind: DiffKind) => {
    const chosen = kinds.includes(kind) ? kinds.filter(each => each !== kind) : [...kinds, kind];
    const next = new URLSearchParams(params);
    if (chosen.length > 0) next.set("kind", chosen.join(","));
    else next.delete("kind");
    setParams(next, { replace: true });
  };
  return (
    <Page title={t.compareRevisions(name)}>
      <Crumbs
        steps={[
          { label: t.packages, to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: t.revisions, to: `${packagePath(bucket, name)}/revisions` },
          { label: t.compare },
        ]}
      />
      <Head title={t.compare} about={t.changesOneRevision} />
      <Sides head={head} base={base} diff={about.data} />
      <Loaded query={about} label={t.comparing} framed>
        {data => (
          <>
            <KindFilter diff={data} kinds={kinds} toggle={toggle} />
            {data.metadata_changed && <PackageMetadataChanges diff={data} />}
            <Changes head={head} base={base} kinds={kinds} same={isSame(data)} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const isSame = ({ totals }: Diff) => totals !== null && changeKinds().every(([kind]) => totals[kind] === 0);
