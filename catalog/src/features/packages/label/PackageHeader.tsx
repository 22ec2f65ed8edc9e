/** The label of a package: what it is, above all of its pages; on those of its folders and files, the way there. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Package, Revision } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/label";
import { bytes } from "@/lib/format";
import { chipPath, chipsOf } from "@/lib/labels";
import type { Meta } from "@/lib/metadata";
import { bucketPath, crumbs, entryPath, nameOf, packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Chip, Crumbs } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { PackageBlock } from "@/ui/PackageBlock";
import { HistorySeam } from "@/ui/Seam";
import { MAX_OFFERED_REVISIONS } from "../place";
import styles from "./PackageHeader.module.css";

const LATEST = "latest";

export function PackageHeader({
  bucket,
  name,
  reference = LATEST,
  path = "",
  about,
  revision,
  children,
}: {
  bucket: string;
  name: string;
  reference?: string;
  path?: string;
  about: Package | undefined;
  /** The one that is shown; without it, the label tells of the latest. */
  revision?: Revision | undefined;
  /** What can be done with it. */
  children?: ReactNode;
}) {
  const { data: home } = useBucket(bucket);
  const shown = revision ?? about?.latest;
  const isRoot = path === "";
  const steps = [
    { label: home?.title ?? bucket, to: bucketPath(bucket) },
    { label: t.packages, to: packagesPath(bucket) },
    {
      label: name,
      to: reference === LATEST ? packagePath(bucket, name) : entryPath(bucket, name, reference),
    },
    ...crumbs(path).map(crumb => ({
      label: crumb.label,
      to: entryPath(bucket, name, reference, crumb.path.replace(/\/$/, "")),
    })),
  ];
  return (
    <header className={styles.header} data-small={!isRoot || undefined}>
      <PackageBlock
        size={isRoot ? 72 : 36}
        name={name}
        kinds={about?.latest.kinds ?? shown?.kinds}
        revisions={about?.revisions ?? 0}
        labelled={about !== undefined}
      />
      <div className={styles.text}>
        <Crumbs steps={steps} />
        <h1>{isRoot ? (about?.title ?? name) : nameOf(path)}</h1>
      </div>
      {children && <div className={styles.tools}>{children}</div>}
      {isRoot && (
        // Their places are there before they are: nothing below moves.
        <>
          <div className={styles.more}>
            {about?.description && (
              <p className={styles.description} title={about.description}>
                {about.description}
              </p>
            )}
            <div className={styles.facts}>
              {shown && <LabelFacts name={name} about={about} shown={shown} bucket={bucket} />}
            </div>
          </div>
          <div className={styles.history}>
            {about && <History bucket={bucket} name={name} about={about} />}
          </div>
        </>
      )}
    </header>
  );
}

function LabelFacts({
  bucket,
  name,
  about,
  shown,
}: {
  bucket: string;
  name: string;
  about: Package | undefined;
  shown: Revision;
}) {
  const recent = useQuery(queries.recentRevisions(useServices(), bucket, name, MAX_OFFERED_REVISIONS));
  const push = recent.data?.items.find(each => each.top_hash === shown.top_hash);
  const pushed = push?.pushed_at ?? (about?.latest.top_hash === shown.top_hash ? about.modified : undefined);
  return (
    <>
      <span className="num">{t.filesTotalEntries(shown.total_entries)}</span>
      <span className="num">{bytes(shown.total_bytes)}</span>
      {about && (
        <Link to={`${packagePath(bucket, name)}/revisions`} className="num">
          {t.revisionsRevisions(about.revisions)}
        </Link>
      )}
      {pushed && (
        <span>{t.updatedAgoAuthor(<Ago at={pushed} />, push?.author && t.byAuthor(push.author))}</span>
      )}
      {chipsOf(shown.user_meta as Meta | null).map(chip => (
        <Link
          key={`${chip.field} ${chip.value}`}
          to={chipPath(chip)}
          className={styles.chip}
          title={t.packagesKeyValue(chip.key, chip.value)}
        >
          <Chip>{chip.value}</Chip>
        </Link>
      ))}
    </>
  );
}

function History({ bucket, name, about }: { bucket: string; name: string; about: Package }) {
  const recent = useQuery(queries.recentRevisions(useServices(), bucket, name, MAX_OFFERED_REVISIONS));
  const pushes = (recent.data?.items ?? []).map(({ tag, changes }) => ({ id: tag, counts: changes?.counts }));
  if (pushes.length === 0) return null;
  return (
    <HistorySeam
      pushes={pushes.toReversed()}
      to={`${packagePath(bucket, name)}/revisions`}
      label={t.historyRevision(about.revisions)}
    />
  );
}
