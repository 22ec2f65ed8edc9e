/** What a folder of a package shows first: what its author chose, else what is worth seeing. */
import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { LayoutDashboard } from "lucide-react";
import type { Directory, PackageFile } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages/data";
import { itemsOf } from "@/lib/pages";
import { entryPath, nameOf } from "@/lib/paths";
import { Gallery } from "@/preview/pictures/Gallery";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded, together } from "@/ui/Loaded";
import { Empty, Loading } from "@/ui/States";
import { isMissing } from "../MissingEntry";
import { type PackageLocation, sourceOf } from "../place";
import { ShownEntry } from "./ShownEntry";
import { SummaryRows } from "./SummaryRows";
import { SUMMARY_NAME } from "./summary";
import { isNothing, type WorthSeeing, worthSeeing } from "./worthSeeing";
import styles from "./PackageData.module.css";

/** Folders that are looked through where the folder itself has nothing to see. */
const MAX_FOLDERS = 3;

/** The document of a folder; null where there is none. */
export function useSummaryFile(
  { bucket, name, revision, path }: PackageLocation,
  wanted = true,
): { file: PackageFile | null; isPending: boolean } {
  const services = useServices();
  const isWanted = wanted && revision.state === "ready";
  const listed = useInfiniteQuery({
    ...queries.entries(services, bucket, name, revision.top_hash, path),
    enabled: isWanted,
  });
  const there = itemsOf(listed.data).find(each => each.type === "file" && nameOf(each.path) === SUMMARY_NAME);
  // Of a large folder the listing is not there yet.
  const asked = useQuery({
    ...queries.entry(services, bucket, name, revision.top_hash, `${path ? `${path}/` : ""}${SUMMARY_NAME}`),
    enabled: isWanted && !there && listed.hasNextPage,
    retry: (count, error) => !isMissing(error) && count < 2,
  });
  const file = there ?? asked.data;
  // Others may have asked for the same.
  return {
    file: isWanted && file?.type === "file" ? file : null,
    isPending: listed.isLoading || asked.isLoading,
  };
}

/** Whether a folder has something to show: what its author chose, or reports, tables or pictures among its first files. */
export function useHasData(
  where: PackageLocation,
  wanted: boolean,
): { hasData: boolean; isPending: boolean } {
  const { bucket, name, revision, path } = where;
  const summary = useSummaryFile(where, wanted);
  const listed = useInfiniteQuery({
    ...queries.entries(useServices(), bucket, name, revision.top_hash, path),
    enabled: wanted && revision.state === "ready",
  });
  const hasSights = wanted && !isNothing(worthSeeing(itemsOf(listed.data)));
  return {
    hasData: hasSights || summary.file !== null,
    isPending: !hasSights && summary.isPending,
  };
}

export function PackageData({ directory, ...where }: PackageLocation & { directory: Directory }) {
  const summary = useSummaryFile(where);
  if (summary.isPending) return <Loading rows={8} label={t.lookingShow} />;
  return (
    <div className={styles.data}>
      {summary.file ? (
        <SummaryRows where={where} file={summary.file} />
      ) : (
        <Found where={where} directory={directory} />
      )}
    </div>
  );
}

function Found({ where, directory }: { where: PackageLocation; directory: Directory }) {
  const { bucket, name, revision, path } = where;
  const services = useServices();
  const here = useInfiniteQuery(queries.entries(services, bucket, name, revision.top_hash, path));
  return (
    <Loaded query={here} label={t.loadingFolder} framed>
      {data => {
        const entries = itemsOf(data);
        const found = worthSeeing(entries);
        const folders = isNothing(found)
          ? entries.filter(
              (each): each is Directory => each.type === "directory" && !/^\.|\/\./.test(each.path),
            )
          : [];
        if (folders.length === 0) return <Shown where={where} found={found} directory={directory} />;
        return (
          <Below
            where={where}
            readme={found.readme}
            folders={folders.slice(0, MAX_FOLDERS)}
            directory={directory}
          />
        );
      }}
    </Loaded>
  );
}

function Below({
  where,
  readme,
  folders,
  directory,
}: {
  where: PackageLocation;
  readme: PackageFile | null;
  folders: readonly Directory[];
  directory: Directory;
}) {
  const { bucket, name, revision } = where;
  const services = useServices();
  const pages = useQueries({
    queries: folders.map(({ path }) => queries.firstEntries(services, bucket, name, revision.top_hash, path)),
  });
  return (
    <Loaded query={together(...pages)} label={t.lookingIntoFolders} framed>
      {found => {
        const below = worthSeeing(found.flatMap(page => page.items));
        return <Shown where={where} found={{ ...below, readme }} directory={directory} />;
      }}
    </Loaded>
  );
}

function Shown({
  where,
  found,
  directory,
}: {
  where: PackageLocation;
  found: WorthSeeing;
  directory: Directory;
}) {
  const { bucket, name, reference, path } = where;
  const { readme, reports, tables, pictures } = found;
  if (readme === null && isNothing(found))
    return (
      <Panel>
        <Empty
          title={t.nothingShow}
          icon={<LayoutDashboard size={22} />}
          action={
            <ButtonLink to={`${entryPath(bucket, name, reference, path)}?tab=files`}>{t.allFiles}</ButtonLink>
          }
        >
          <p>
            {t.fileButNo(
              directory.total_entries === 1 ? t.is : t.are,
              directory.total_entries,
              <code>{SUMMARY_NAME}</code>,
            )}
          </p>
        </Empty>
      </Panel>
    );
  return (
    <>
      {readme && (
        <div className={styles.readme}>
          <ShownEntry where={where} file={readme} options={{ isExpanded: true }} />
        </div>
      )}
      {reports.map(file => (
        <ShownEntry key={file.path} where={where} file={file} />
      ))}
      {tables.map(file => (
        <ShownEntry key={file.path} where={where} file={file} options={{ height: TABLE_HEIGHT }} />
      ))}
      {pictures.length > 0 && (
        <Panel
          title={t.picturesPath(pictures.length > 1 ? t.ofPath(path ? nameOf(path) : t.package) : "").trim()}
        >
          <Gallery
            pictures={pictures.map(file => ({
              path: file.path,
              source: sourceOf(where, file),
              to: entryPath(bucket, name, reference, file.path),
            }))}
          />
        </Panel>
      )}
    </>
  );
}

/** About ten rows, with the heads of the columns. */
const TABLE_HEIGHT = "440px";
