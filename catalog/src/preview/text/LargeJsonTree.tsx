/** A tree of JSON of any length: only the rows in view exist, and the text is in a thread of its own. */
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/preview/text";
import { bytes, count } from "@/lib/format";
import { mistakeText } from "@/lib/json";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { CopyButton } from "@/ui/Copy";
import { Loaded } from "@/ui/Loaded";
import { Notice } from "@/ui/States";
import { useFile } from "../file";
import { useScrolling } from "../table/scrolling";
import { JsonDocument } from "./jsonDocument";
import type { JsonRow, JsonValue } from "./jsonRows";
import { ShownText } from "./TextViewer";
import styles from "./LargeJsonTree.module.css";

const ROW_HEIGHT = 24;
const INDENT = 16;

/** `beginning`: what is shown of a text that is not JSON. */
export function LargeJsonTree({ beginning }: { beginning: string }) {
  const { s3 } = useServices();
  const { target, size } = useFile();
  const { bucket, key, versionId } = target;
  const instance = useId();
  const opened = useQuery({
    queryKey: keys.jsonDocument(bucket, key, versionId ?? null, instance),
    queryFn: async ({ signal }) => {
      const slice = await s3.head(target, size, signal);
      const document = new JsonDocument();
      signal.addEventListener("abort", () => document.close());
      const answer = await document.ask("open", { bytes: slice.bytes as Uint8Array<ArrayBuffer> });
      return { document, answer };
    },
    // A thread is neither kept for other pages nor made twice.
    gcTime: 0,
    staleTime: Infinity,
    structuralSharing: false,
  });
  const document = opened.data?.document;
  useEffect(() => () => document?.close(), [document]);
  return (
    <Loaded query={opened} label={t.loadingSize(bytes(size))} lines={8}>
      {({ document, answer }) =>
        "mistake" in answer ? (
          <>
            <div className={styles.notice}>
              <Notice kind="warn">
                {t.notValidJsonLine(count(answer.line), mistakeText(answer.mistake))}
              </Notice>
            </div>
            <ShownText text={beginning} language="json" />
          </>
        ) : (
          <Rows document={document} first={answer.length} />
        )
      }
    </Loaded>
  );
}

/** `first`: how many rows there are before anything is opened. */
function Rows({ document, first: firstLength }: { document: JsonDocument; first: number }) {
  const { name } = useFile();
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  // Another object after each change, so that what is shown is asked for again.
  const [tree, setTree] = useState({ length: firstLength });
  const [shown, setShown] = useState<{ from: number; rows: readonly JsonRow[] }>({ from: 0, rows: [] });
  const [current, setCurrent] = useState(0);
  const [value, setValue] = useState<JsonValue | null>(null);
  const view = useScrolling(root, tree.length, 0, ROW_HEIGHT);
  const { first, last } = view;
  useEffect(() => {
    let wanted = true;
    void document.ask("rows", { from: first, to: last + 1 }).then(rows => {
      if (wanted) setShown({ from: first, rows });
    });
    return () => {
      wanted = false;
    };
  }, [document, tree, first, last]);
  useEffect(() => {
    let wanted = true;
    void document.ask("value", { row: current }).then(found => {
      if (wanted) setValue(found);
    });
    return () => {
      wanted = false;
    };
  }, [document, tree, current]);

  const row = shown.rows[current - shown.from];
  const toggle = (at: number) => void document.ask("toggle", { row: at }).then(setTree);
  const go = (to: number) => {
    const bound = Math.max(0, Math.min(tree.length - 1, to));
    setCurrent(bound);
    view.showRow(bound);
  };
  const goToParent = () =>
    void document.ask("parent", { row: current }).then(parent => parent !== null && go(parent));
  /** Its row may not have come yet when the next key is pressed. */
  const withCurrent = (act: (at: JsonRow) => unknown) => {
    if (row) act(row);
    else void document.ask("rows", { from: current, to: current + 1 }).then(([at]) => at && act(at));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const page = Math.max(1, Math.floor(view.rowsInView) - 1);
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      PageDown: () => go(current + page),
      PageUp: () => go(current - page),
      Home: () => go(0),
      End: () => go(tree.length - 1),
      ArrowRight: () =>
        withCurrent(at => (at.count > 0 && !at.isOpen ? toggle(current) : at.isOpen && go(current + 1))),
      ArrowLeft: () => withCurrent(at => (at.isOpen ? toggle(current) : goToParent())),
      Enter: () => withCurrent(at => at.count > 0 && toggle(current)),
      " ": () => withCurrent(at => at.count > 0 && toggle(current)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    <>
      <div className={styles.place}>
        <span className="num muted">{t.rowsTree(tree.length)}</span>
        {value && (
          <>
            <code>{value.path}</code>
            <CopyButton text={value.path} label={t.copyPath} small />
            {value.isWhole && <CopyButton text={value.text} label={t.copyValue} small />}
          </>
        )}
      </div>
      <div
        ref={root}
        className={styles.tree}
        role="tree"
        aria-label={nameOf(name)}
        aria-activedescendant={row ? `${id}-${current}` : undefined}
        tabIndex={0}
        onScroll={view.onScroll}
        onKeyDown={onKey}
      >
        <div role="none" className={styles.body} style={{ height: view.height }}>
          {shown.rows.map((each, index) => {
            const at = shown.from + index;
            if (at >= tree.length) return null;
            return (
              // The tree has the keys.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={at}
                id={`${id}-${at}`}
                role="treeitem"
                tabIndex={-1}
                aria-level={each.depth}
                aria-posinset={each.position + 1}
                aria-setsize={each.siblings}
                aria-selected={at === current}
                aria-expanded={each.count > 0 ? each.isOpen : undefined}
                className={styles.row}
                style={{
                  height: ROW_HEIGHT,
                  paddingLeft: each.depth * INDENT,
                  transform: `translateY(${view.topOf(at)}px)`,
                }}
                onClick={() => {
                  setCurrent(at);
                  if (each.count > 0) toggle(at);
                  root.current?.focus({ preventScroll: true });
                }}
              >
                <Content row={each} />
              </div>
            );
          })}
        </div>
      </div>
      {row && !row.isWhole && value && <pre className={styles.whole}>{value.text}</pre>}
    </>
  );
}

function Content({ row }: { row: JsonRow }) {
  const { kind } = row;
  const isContainer = kind === "object" || kind === "array";
  return (
    <>
      {row.count > 0 && <ChevronRight size={13} aria-hidden />}
      <span className={styles.name}>{row.name ?? row.position}</span>
      {isContainer ? (
        <span className={styles.count}>
          {kind === "array" ? `[${count(row.count)}]` : `{${count(row.count)}}`}
        </span>
      ) : (
        <span className={styles.value} data-kind={kind}>
          {row.text === "" ? '""' : row.text}
          {!row.isWhole && "…"}
        </span>
      )}
    </>
  );
}
