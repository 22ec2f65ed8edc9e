/** A file, as far as the browser can show it from its first bytes. */
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { keys } from "@/api/keys";
import { table } from "@/lib/csv";
import { bytes, count, counted } from "@/lib/format";
import { type Json, parseJson } from "@/lib/json";
import { extensionOf, nameOf } from "@/lib/paths";
import type { Target } from "@/s3/client";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import { Empty, Failure, Loading, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { type Kind, kindOf, textOf, wholeLines } from "./kinds";
import type { Place } from "./place";
import styles from "./Preview.module.css";

const Markdown = lazy(() => import("./Markdown"));

const MAX_BYTES = 512 * 1024;
const MAX_IMAGE_BYTES = 25_000_000;
const MAX_LINES = 5_000;
const MAX_COLUMNS = 200;
const ROWS_AT_FIRST = 200;

interface Props {
  target: Target;
  name: string;
  size: number;
  place: Place;
}

export function Preview(props: Props) {
  const kind = kindOf(props.name);
  if (props.size === 0) return <Empty title="The file is empty" />;
  if (kind === "opaque") return <NoPreview name={props.name} />;
  if (kind === "image") return <ImagePreview {...props} />;
  return <SlicePreview {...props} kind={kind} />;
}

function NoPreview({ name }: { name: string }) {
  const extension = extensionOf(name);
  return (
    <Empty title="No preview" icon={<FileQuestion size={22} />}>
      {extension ? `Files of type .${extension} cannot be shown here.` : "This file is not text."} Download it
      to look inside.
    </Empty>
  );
}

const keyOf = ({ bucket, key, versionId, through }: Target) =>
  [bucket, key, versionId ?? null, Boolean(through)] as const;

export function useLink(target: Target | null) {
  const { s3 } = useServices();
  return useQuery({
    queryKey: keys.objectLink(...(target ? keyOf(target) : [])),
    queryFn: () => (target ? s3.link(target) : Promise.reject(new Error("No target"))),
    enabled: target !== null,
    staleTime: 1_800_000,
  });
}

function ImagePreview({ target, name, size }: Props) {
  const link = useLink(size > MAX_IMAGE_BYTES ? null : target);
  const [broken, setBroken] = useState(false);
  const [dimensions, setDimensions] = useState<string | null>(null);
  if (size > MAX_IMAGE_BYTES)
    return <Empty title="A large image">With {bytes(size)} it is too large to show here. Download it.</Empty>;
  if (link.isPending) return <Loading rows={3} label="Loading the image" />;
  if (link.isError) return <Failure error={link.error} retry={link.refetch} />;
  if (broken)
    return (
      <Empty title="The image cannot be shown" icon={<FileQuestion size={22} />}>
        It may be damaged, or your role may not allow reading it.
      </Empty>
    );
  return (
    <figure className={styles.image}>
      <img
        src={link.data}
        alt={nameOf(name)}
        onLoad={event => {
          const { naturalWidth, naturalHeight } = event.currentTarget;
          setDimensions(naturalWidth ? `${naturalWidth} × ${naturalHeight}` : null);
        }}
        onError={() => setBroken(true)}
      />
      <figcaption className="num">{dimensions}</figcaption>
    </figure>
  );
}

function SlicePreview({ target, name, place, kind }: Props & { kind: Exclude<Kind, "image"> }) {
  const { s3 } = useServices();
  const slice = useQuery({
    queryKey: keys.objectSlice(...keyOf(target)),
    queryFn: ({ signal }) => s3.head(target, MAX_BYTES, signal),
    staleTime: 60_000,
  });
  const text = useMemo(
    () => (slice.data ? textOf(slice.data.bytes, slice.data.complete) : null),
    [slice.data],
  );
  if (slice.isPending) return <Loading rows={8} label="Loading the file" />;
  if (slice.isError) return <Failure error={slice.error} retry={slice.refetch} />;
  if (slice.data.size === 0) return <Empty title="The file is empty" />;
  if (text === null) return <NoPreview name={name} />;
  const { complete, size } = slice.data;
  return (
    <>
      {!complete && (
        <div className={styles.notice}>
          <Notice>
            The first {bytes(MAX_BYTES)} of {bytes(size)} are shown.
          </Notice>
        </div>
      )}
      <ContentPreview kind={kind} text={text} complete={complete} place={place} name={name} />
    </>
  );
}

interface ContentProps {
  kind: Exclude<Kind, "image">;
  text: string;
  complete: boolean;
  place: Place;
  name: string;
}

function ContentPreview({ kind, text, complete, place, name }: ContentProps): ReactNode {
  const [raw, setRaw] = useState(false);
  const json = useMemo(
    () => (kind === "json" && complete ? parsed(text) : undefined),
    [kind, complete, text],
  );
  const formed = kind === "markdown" || kind === "table" || json !== undefined;
  if (!formed) return <TextPreview text={complete ? text : wholeLines(text)} name={name} />;
  return (
    <>
      <div className={styles.switch}>
        <Switch
          label="Show as"
          options={[
            ["formed", kind === "table" ? "Table" : kind === "json" ? "Tree" : "Document"],
            ["text", "Text"],
          ]}
          value={raw ? "text" : "formed"}
          onChange={value => setRaw(value === "text")}
        />
      </div>
      {raw ? (
        <TextPreview text={complete ? text : wholeLines(text)} name={name} />
      ) : kind === "markdown" ? (
        <Suspense fallback={<Loading label="Rendering" />}>
          <Markdown source={text} place={place} />
        </Suspense>
      ) : kind === "table" ? (
        <TablePreview text={text} complete={complete} name={name} />
      ) : (
        <div className={styles.json}>
          <JsonTree value={json ?? null} label={nameOf(name)} open={3} />
        </div>
      )}
    </>
  );
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function TextPreview({ text, name }: { text: string; name: string }) {
  const lines = useMemo(() => text.replace(/\r?\n$/, "").split(/\r?\n/), [text]);
  const shown = lines.slice(0, MAX_LINES);
  return (
    // Scrolls sideways, so it must take the keyboard's focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.lines} tabIndex={0} role="region" aria-label={`Text of ${nameOf(name)}`}>
      <div className={styles.numbers} aria-hidden="true">
        {shown.map((_, index) => `${index + 1}\n`).join("")}
      </div>
      <pre>{shown.join("\n")}</pre>
      {lines.length > shown.length && (
        <p className="muted">{counted(lines.length - shown.length, "more line")}…</p>
      )}
    </div>
  );
}

function TablePreview({ text, complete, name }: { text: string; complete: boolean; name: string }) {
  const data = useMemo(
    () => table(text, { complete, ...(/\.(tsv|tab)$/i.test(name) ? { delimiter: "\t" as const } : {}) }),
    [text, complete, name],
  );
  const [shown, setShown] = useState(ROWS_AT_FIRST);
  const width = data.numeric.length;
  const columns = Array.from({ length: Math.min(width, MAX_COLUMNS) }, (_, index) => index);
  const all = complete ? counted(data.rows.length, "row") : `the first ${counted(data.rows.length, "row")}`;
  return (
    <>
      {/* Scrolls both ways, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.cells} tabIndex={0} role="region" aria-label={`Table of ${nameOf(name)}`}>
        <table>
          <thead>
            <tr>
              <td />
              {columns.map(column => (
                <th key={column} scope="col" data-number={data.numeric[column] ? true : undefined}>
                  {data.header ? data.header[column] : column + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.slice(0, shown).map((row, index) => (
              <tr key={index}>
                <td className="num">{index + 1}</td>
                {columns.map(column => (
                  <td key={column} data-number={data.numeric[column] ? true : undefined} title={row[column]}>
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={styles.shape}>
        <span className="num">
          {shown < data.rows.length && `${count(shown)} of `}
          {all}, {counted(width, "column")}
          {width > MAX_COLUMNS && ` (the first ${MAX_COLUMNS} are shown)`}
        </span>
        {shown < data.rows.length && (
          <Button small onClick={() => setShown(shown + 5 * ROWS_AT_FIRST)}>
            More rows
          </Button>
        )}
      </div>
    </>
  );
}
