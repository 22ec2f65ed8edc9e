/** The files of a `quilt_summarize.json`, of the revision that is shown. */
import { useQuery } from "@tanstack/react-query";
import { FileX2 } from "lucide-react";
import { useState } from "react";
import type { Entry, PackageFile } from "@/api/models";
import { keys } from "@/api/keys";
import { queries, useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/data";
import { RequestError } from "@/lib/errors";
import { bytes } from "@/lib/format";
import { entryPath, nameOf, treePath } from "@/lib/paths";
import { bucketPlace } from "@/preview/place";
import { textOf } from "@/preview/text/decoding";
import { useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { Button, ButtonLink } from "@/ui/Button";
import { Loaded } from "@/ui/Loaded";
import { Empty, Loading, Notice } from "@/ui/States";
import { isMissing } from "../MissingEntry";
import { type PackageLocation, targetOf } from "../place";
import { FileCard, ShownEntry, type ShownOptions } from "./ShownEntry";
import {
  MAX_SUMMARY_BYTES,
  parseSummary,
  type Summary,
  type SummaryFile,
  SUMMARY_NAME,
  type SummaryProblem,
} from "./summary";
import styles from "./SummaryRows.module.css";

const BATCH_ROWS = 7;
const MAX_SHOWN_PROBLEMS = 8;

/** `file`: the document. */
export function SummaryRows({ where, file }: { where: PackageLocation; file: PackageFile }) {
  const services = useServices();
  const { data: about, isPending } = useBucket(where.bucket);
  const target = targetOf(services, where, file, about?.level);
  const summary = useQuery({
    queryKey: keys.summary(target?.bucket ?? "", target?.key ?? file.physical_key, target?.versionId ?? null),
    queryFn: async ({ signal }) => {
      if (!target || !file.accessible) throw unread(t.mayNotReadNot);
      if (file.size > MAX_SUMMARY_BYTES) throw unread(t.mostRead(bytes(file.size), bytes(MAX_SUMMARY_BYTES)));
      const slice = await services.s3.head(target, MAX_SUMMARY_BYTES, signal);
      const text = textOf(slice.bytes, slice.complete);
      if (text === null) throw unread(t.notText);
      return parseSummary(text, file.path);
    },
    enabled: !isPending,
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Loaded query={summary} label={t.readingSummaryName(SUMMARY_NAME)} framed>
      {data => <Rows where={where} file={file} summary={data} />}
    </Loaded>
  );
}

const unread = (message: string) =>
  new RequestError({
    status: 0,
    trouble: "refused",
    message: t.cannotRead(SUMMARY_NAME, message),
  });

function Rows({ where, file, summary }: { where: PackageLocation; file: PackageFile; summary: Summary }) {
  const [shown, setShown] = useState(BATCH_ROWS);
  const { rows, problems } = summary;
  return (
    <div className={styles.rows}>
      {problems.length > 0 && <Problems where={where} file={file} problems={problems} />}
      {rows.slice(0, shown).map((row, index) => (
        <div key={index} className={styles.row}>
          {row.map((cell, column) => (
            <div key={column} className={styles.cell} style={cellStyle(cell.width)}>
              <Cell where={where} cell={cell} />
            </div>
          ))}
        </div>
      ))}
      {shown < rows.length && (
        <div className={styles.more}>
          <Button onClick={() => setShown(shown + BATCH_ROWS)}>{t.showMoreRow(rows.length - shown)}</Button>
        </div>
      )}
    </div>
  );
}

const cellStyle = (width: number | string) =>
  typeof width === "number"
    ? { flexGrow: width, flexShrink: 1, flexBasis: 0 }
    : { flexGrow: 0, flexShrink: 1, flexBasis: width };

function Problems({
  where,
  file,
  problems,
}: {
  where: PackageLocation;
  file: PackageFile;
  problems: readonly SummaryProblem[];
}) {
  const more = problems.length - MAX_SHOWN_PROBLEMS;
  return (
    <Notice kind="warn">
      <p>{t.problemEverythingElse(<strong>{file.path}</strong>, problems.length)}</p>
      <ul className={styles.problems}>
        {problems.slice(0, MAX_SHOWN_PROBLEMS).map(({ where: place, message }) => (
          <li key={`${place} ${message}`}>
            <strong>{place}</strong>: {message}
          </li>
        ))}
        {more > 0 && <li>{t.moreProblem(more)}</li>}
      </ul>
      <ButtonLink small to={entryPath(where.bucket, where.name, where.reference, file.path)}>
        {t.openPath(nameOf(file.path))}
      </ButtonLink>
    </Notice>
  );
}

function Cell({ where, cell }: { where: PackageLocation; cell: SummaryFile }) {
  const options: ShownOptions = cell;
  return cell.reference.kind === "path" ? (
    <PackagedCell where={where} path={cell.reference.path} options={options} />
  ) : (
    <ObjectCell uri={cell.reference.uri} options={options} />
  );
}

function PackagedCell({
  where,
  path,
  options,
}: {
  where: PackageLocation;
  path: string;
  options: ShownOptions;
}) {
  const { bucket, name, revision } = where;
  const entry = useQuery(queries.entry(useServices(), bucket, name, revision.top_hash, path));
  if (isMissing(entry.error)) return <Missing>{t.notRevision(<code>{path}</code>)}</Missing>;
  return (
    <Loaded query={entry} framed>
      {(data: Entry) =>
        data.type === "file" ? (
          <ShownEntry where={where} file={data} options={options} />
        ) : (
          <Missing>{t.folderOnlyFiles(<code>{path}</code>)}</Missing>
        )
      }
    </Loaded>
  );
}

function Missing({ children }: { children: React.ReactNode }) {
  return (
    <div className={styles.missing}>
      <Empty title={t.not} icon={<FileX2 size={20} />}>
        {children}
      </Empty>
    </div>
  );
}

/** An object in S3, which is read with the rights of who looks at it. */
function ObjectCell({ uri, options }: { uri: string; options: ShownOptions }) {
  const { s3 } = useServices();
  const target = parsePhysicalKey(uri);
  const { bucket, key, versionId = null } = target ?? { bucket: "", key: "" };
  const about = useQuery({
    queryKey: keys.object(bucket, key, versionId ?? null),
    queryFn: ({ signal }) => s3.describe({ bucket, key, versionId }, signal),
    enabled: target !== null,
    retry: false,
  });
  if (!target) return <Missing>{t.notAddressObject(<code>{uri}</code>)}</Missing>;
  if (about.isPending) return <Loading rows={4} label={t.lookingObject} />;
  if (about.isError) return <Missing>{t.notMayNot(<code>{uri}</code>)}</Missing>;
  const place = bucketPlace(bucket, key);
  return (
    <FileCard
      name={nameOf(key)}
      to={treePath(bucket, key)}
      place={place}
      file={{
        source: { bucket, key, versionId: about.data.versionId },
        target: { bucket, key, versionId: about.data.versionId },
        name: key,
        size: about.data.size,
        place,
      }}
      options={options}
    />
  );
}
