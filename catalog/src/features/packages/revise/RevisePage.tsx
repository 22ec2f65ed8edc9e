import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { queries, useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/revise";
import { usePackageName } from "@/lib/params";
import { packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Crumbs, Page } from "@/ui/Layout";
import { ForWriters } from "@/ui/ForWriters";
import { Loaded, together } from "@/ui/Loaded";
import { newDraft, useDraft } from "./drafts";
import { Editor } from "./Editor";

/** A new revision, made of another one by changes that are collected here. */
export function RevisePage() {
  const { bucket, name } = usePackageName();
  return (
    <Page title={t.reviseName(name)}>
      <Crumbs
        steps={[
          { label: t.packages, to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: t.revise },
        ]}
      />
      <DraftLoader key={`${bucket} ${name}`} bucket={bucket} name={name} />
    </Page>
  );
}

/** Goes on with the draft that was kept, or begins one at the revision that the address names. */
function DraftLoader({ bucket, name }: { bucket: string; name: string }) {
  const services = useServices();
  const [params] = useSearchParams();
  const [draft, setDraft] = useDraft(bucket, name);
  const [kept] = useState(draft !== null);
  const reference = draft?.base.topHash ?? params.get("revision") ?? "latest";
  const about = useBucket(bucket);
  const latest = useQuery(queries.package(services, bucket, name));
  const revision = useQuery({
    ...queries.revision(services, bucket, name, reference),
    // With the first change, “latest” becomes the hash of the revision that is already here.
    placeholderData: before => (before?.top_hash === reference ? before : undefined),
  });
  return (
    <Loaded query={together(about, latest, revision)} label={t.loadingPackage} heading={t.revise} framed>
      {([{ level }, newest, base]) => (
        <ForWriters bucket={bucket} level={level} heading={t.revise}>
          <Editor
            bucket={bucket}
            name={name}
            revision={base}
            latest={newest.latest}
            draft={
              draft ??
              newDraft({
                topHash: base.top_hash,
                entries: base.total_entries,
                latest: newest.latest.top_hash,
              })
            }
            setDraft={setDraft}
            kept={kept}
          />
        </ForWriters>
      )}
    </Loaded>
  );
}
