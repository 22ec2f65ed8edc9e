/** A file, as far as the browser can show it from its first bytes. */
import { keys } from "@/api/keys";
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { useServices } from "@/s3/context";
import { table } from "@/lib/csv";
import { bytes, count, counted } from "@/lib/format";
import { extensionOf, nameOf } from "@/lib/paths";
import type { Target } from "@/s3/client";
import { Button } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import type { Json } from "@/lib/json";
import { Empty, Failure, Loading, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import type { Place } from "./place";
import { kindOf, textOf, wholeLines, type Kind } from "./kinds";
import styles from "./Preview.module.css";

const Markdown = lazy(() => import("./Markdown"));

const LENGTH = 512 * 1024;
const LARGEST_IMAGE = 25_000_000;
const MOST_LINES = 5_000;
const MOST_COLUMNS = 200;
const ROWS = 200;

interface Props {
  target: Target;
  name: string;
  size: number;
  place: Place;
}

export function Preview(props: Props) {
  const kind = kindOf(props.name);
  if (props.size === 0) return <Empty title="The file is empty" />;
  if (kind === "opaque") return <Unshown name={props.name} />;
  if (kind === "image") return <Image {...props} />;
  return <Sliced {...props} kind={kind} />;
}

function Unshown({ name }: { name: string }) {
  const extension = extensionOf(name);
  return (
    <Empty title="No preview" icon={<FileQuestion size={22} />}>
      {extension ? `Files of type .${extension} cannot be shown here.` : "This file is no text."} Download it
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

function Image({ target, name, size }: Props) {
  const link = useLink(size > LARGEST_IMAGE ? null : target);
  const [broken, setBroken] = useState(false);
  const [dimensions, setDimensions] = useState<string | null>(null);
  if (size > LARGEST_IMAGE)
    return (
      <Empty title="A large image">With {bytes(size)} it is too large to be shown here; download it.</Empty>
    );
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

function Sliced({ target, name, place, kind }: Props & { kind: Exclude<Kind, "image"> }) {
  const { s3 } = useServices();
  const slice = useQuery({
    queryKey: keys.objectSlice(...keyOf(target)),
    queryFn: ({ signal }) => s3.head(target, LENGTH, signal),
    staleTime: 60_000,
  });
  const text = useMemo(
    () => (slice.data ? textOf(slice.data.bytes, slice.data.complete) : null),
    [slice.data],
  );
  if (slice.isPending) return <Loading rows={8} label="Loading the file" />;
  if (slice.isError) return <Failure error={slice.error} retry={slice.refetch} />;
  if (slice.data.size === 0) return <Empty title="The file is empty" />;
  if (text === null) return <Unshown name={name} />;
  const { complete, size } = slice.data;
  return (
    <>
      {!complete && (
        <div className={styles.notice}>
          <Notice>
            The first {bytes(LENGTH)} of {bytes(size)} are shown.
          </Notice>
        </div>
      )}
      <Shown kind={kind} text={text} complete={complete} place={place} name={name} />
    </>
  );
}

interface ShownProps {
  kind: Exclude<Kind, "image">;
  text: string;
  complete: boolean;
  place: Place;
  name: string;
}

function Shown({ kind, text, complete, place, name }: ShownProps): ReactNode {
  const [raw, setRaw] = useState(false);
  const json = useMemo(
    () => (kind === "json" && complete ? parsed(text) : undefined),
    [kind, complete, text],
  );
  const formed = kind === "markdown" || kind === "table" || json !== undefined;
  if (!formed) return <Lines text={complete ? text : wholeLines(text)} name={name} />;
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
        <Lines text={complete ? text : wholeLines(text)} name={name} />
      ) : kind === "markdown" ? (
        <Suspense fallback={<Loading label="Rendering" />}>
          <Markdown source={text} place={place} />
        </Suspense>
      ) : kind === "table" ? (
        <Cells text={text} complete={complete} name={name} />
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
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function Lines({ text, name }: { text: string; name: string }) {
  const lines = useMemo(() => text.replace(/\r?\n$/, "").split(/\r?\n/), [text]);
  const shown = lines.slice(0, MOST_LINES);
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

function Cells({ text, complete, name }: { text: string; complete: boolean; name: string }) {
  const data = useMemo(
    () => table(text, { complete, ...(/\.(tsv|tab)$/i.test(name) ? { delimiter: "\t" as const } : {}) }),
    [text, complete, name],
  );
  const [shown, setShown] = useState(ROWS);
  const width = data.numeric.length;
  const columns = Array.from({ length: Math.min(width, MOST_COLUMNS) }, (_, index) => index);
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
          {width > MOST_COLUMNS && ` (the first ${MOST_COLUMNS} are shown)`}
        </span>
        {shown < data.rows.length && (
          <Button small onClick={() => setShown(shown + 5 * ROWS)}>
            More rows
          </Button>
        )}
      </div>
    </>
  );
}
