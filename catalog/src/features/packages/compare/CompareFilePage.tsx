import { useQuery } from "@tanstack/react-query";
import { Rows3 } from "lucide-react";
import { lazy, Suspense } from "react";
import { queries, useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/compare";
import { compareRowsPath, nameOf } from "@/lib/paths";
import { isQueried } from "@/lib/sql";
import type { ShownFile } from "@/preview/file";
import { bucketPlace } from "@/preview/place";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded, type LoadedQuery, together } from "@/ui/Loaded";
import { Empty, Loading } from "@/ui/States";
import { targetOf } from "../place";
import { ComparedFileFrame, type ComparedSide, useComparedFile } from "./ComparedFile";

const ContentChanges = lazy(async () => ({
  default: (await import("./content/ContentChanges")).ContentChanges,
}));

/** A file in one revision beside the one in another. */
export function CompareFilePage() {
  const compared = useComparedFile();
  const { before, after } = compared;
  return (
    <ComparedFileFrame
      compared={compared}
      title={t.changesPath(nameOf(after.path) || t.file2)}
      thing={t.file}
      choose={t.content}
      tools={
        isQueried(after.path) &&
        isQueried(before.path) && (
          <ButtonLink
            to={compareRowsPath(after.side, before.side, after.path, before.path)}
            icon={<Rows3 size={15} />}
          >
            {t.compareRows}
          </ButtonLink>
        )
      }
    >
      <Panel label={t.changes}>
        <Difference before={before} after={after} />
      </Panel>
    </ComparedFileFrame>
  );
}

function Difference({ before, after }: { before: ComparedSide; after: ComparedSide }) {
  const both = together(useSideFile(before), useSideFile(after));
  return (
    <Loaded query={both} label={t.lookingBothFiles}>
      {([old, now]) =>
        typeof old === "string" || typeof now === "string" ? (
          <Empty title={t.filesCannotCompared}>{[old, now].find(each => typeof each === "string")}</Empty>
        ) : (
          <Suspense fallback={<Loading label={t.loadingComparison} />}>
            <ContentChanges before={old} after={now} />
          </Suspense>
        )
      }
    </Loaded>
  );
}

/** What the viewers read; or why there is nothing that they can. */
function useSideFile({ side, path }: ComparedSide): LoadedQuery<ShownFile | string> {
  const services = useServices();
  const { bucket, name, reference } = side;
  const about = useBucket(bucket);
  const revision = useQuery(queries.revision(services, bucket, name, reference));
  const topHash = revision.data?.top_hash;
  const entry = useQuery({
    ...queries.entry(services, bucket, name, topHash ?? "", path),
    enabled: topHash !== undefined,
  });
  const { data, ...found } = together(about, revision, entry);
  if (!data) return { ...found, data: undefined };
  const [{ level }, { top_hash: revisionHash }, file] = data;
  if (file.type !== "file") return { ...found, data: t.folderPath(path) };
  const target = targetOf(services, { bucket, name, revision: { top_hash: revisionHash } }, file, level);
  if (!target) return { ...found, data: t.notStoredS3(path) };
  if (!file.accessible) return { ...found, data: t.storedBucketRole(path) };
  const source = { bucket, package: name, revision: revisionHash, path: file.path };
  const place = bucketPlace(target.bucket, target.key);
  return { ...found, data: { source, target, name: file.path, size: file.size, place } };
}
