/** Cells and their outputs. HTML of outputs is shown as far as it is harmless, and never runs. */
import { lazy, Suspense, useMemo } from "react";
import { t } from "@/language/en/preview/text";
import { type Json, parseJson } from "@/lib/json";
import { base64Picture } from "@/lib/pictures";
import { JsonTree } from "@/ui/JsonTree";
import { Loading } from "@/ui/States";
import { useObjectUrl } from "@/ui/useObjectUrl";
import type { Answer, NotebookCell, NotebookOutput } from "../answers";
import { useFile } from "../file";
import { CodeLines } from "./CodeLines";
import styles from "./NotebookViewer.module.css";

const Markdown = lazy(() => import("../markdown/Markdown"));

export default function NotebookViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "notebook") return null;
  return (
    <ol className={styles.cells}>
      {answer.cells.map((cell, index) => (
        <li key={index}>
          <Cell cell={cell} number={index + 1} language={answer.language ?? null} />
        </li>
      ))}
    </ol>
  );
}

function Cell({ cell, number, language }: { cell: NotebookCell; number: number; language: string | null }) {
  if (cell.type === "markdown") return <Document source={cell.source} />;
  return (
    <>
      <div className={styles.cell}>
        <span className={styles.count} aria-hidden="true">
          {cell.type === "code" && t.inExecutionCount(cell.execution_count ?? " ")}
        </span>
        <div className={styles.code}>
          <CodeLines
            text={cell.source}
            language={cell.type === "code" ? language : null}
            label={t.cellNumber(number)}
            numbers={false}
          />
        </div>
      </div>
      {cell.outputs?.map((output, index) => (
        <div key={index} className={styles.cell}>
          <span className={styles.count} aria-hidden="true">
            {index === 0 && t.outExecutionCount(cell.execution_count ?? " ")}
          </span>
          <div className={styles.output}>
            <Output output={output} label={t.outputCell(index + 1, number)} />
            {!output.complete && <p className="muted">{t.outputLongerThan}</p>}
          </div>
        </div>
      ))}
    </>
  );
}

function Document({ source }: { source: string }) {
  const { place } = useFile();
  return (
    <Suspense fallback={<Loading rows={2} label={t.rendering} />}>
      <Markdown source={source} place={place} />
    </Suspense>
  );
}

function Output({ output, label }: { output: NotebookOutput; label: string }) {
  switch (output.type) {
    case "image":
      return <Picture mediaType={output.media_type} data={output.data} label={label} />;
    case "markdown":
      return <Document source={output.data} />;
    case "html":
      return <Document source={oneBlock(output.data)} />;
    case "json":
      return <Tree text={output.data} label={label} />;
    case "error":
      return <Printed text={output.data} label={label} kind="error" />;
    default:
      return <Printed text={output.data} label={label} />;
  }
}

/** Markdown takes HTML as it is until the first empty line. */
const oneBlock = (html: string) =>
  html
    .replace(/<style[^]*?<\/style>/gi, "")
    .replace(/\n\s*\n/g, "\n")
    .trim();

/** What terminals take for colours and movements. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]/g;

function Printed({ text, label, kind }: { text: string; label: string; kind?: "error" }) {
  return (
    // Scrolls, so it must take the keyboard's focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={styles.printed} data-kind={kind} tabIndex={0} role="region" aria-label={label}>
      {text.replace(ESCAPES, "")}
    </pre>
  );
}

function Tree({ text, label }: { text: string; label: string }) {
  const value = parsed(text);
  return value === undefined ? (
    <Printed text={text} label={label} />
  ) : (
    <JsonTree value={value} label={label} open={2} />
  );
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function Picture({ mediaType, data, label }: { mediaType: string; data: string; label: string }) {
  const picture = useMemo(() => {
    try {
      return base64Picture(data.replace(/\s/g, ""), mediaType);
    } catch {
      return null;
    }
  }, [mediaType, data]);
  const url = useObjectUrl(picture);
  return url ? (
    <img src={url} alt={label} className={styles.picture} />
  ) : (
    <p className="muted">{t.picture}</p>
  );
}
