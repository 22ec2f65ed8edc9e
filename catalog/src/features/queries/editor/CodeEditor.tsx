/** An editor for SQL. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { keywordCompletionSource, sql } from "@codemirror/lang-sql";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { mistakeMark, useEditor } from "@/preview/text/useEditor";
import { duckdb, FUNCTIONS } from "./dialect";
import type { EditorProps } from "./props";
import type { Suggestion } from "./suggestions";
import styles from "./CodeEditor.module.css";

/** The word that the engine found wrong, until the text is changed. */
const MISTAKE = mistakeMark(
  (state, from) => {
    const rest = state.sliceDoc(from, Math.min(state.doc.length, from + 200));
    const word = /^(?:[\p{L}\p{N}_$."]+|.)/u.exec(rest)?.[0] ?? " ";
    return from + Math.max(1, word.length);
  },
  { staysWithChanges: false },
);

const TYPES: Record<Suggestion["kind"], string> = {
  column: "property",
  function: "function",
  table: "class",
  path: "text",
  package: "namespace",
};
/** Columns first, words of the language last. */
const BOOSTS: Record<Suggestion["kind"], number> = {
  column: 40,
  path: 30,
  package: 30,
  table: 20,
  function: 0,
};

const functions: Completion[] = FUNCTIONS.map(name => ({
  label: name,
  type: "function",
  apply: `${name}(`,
  boost: -10,
}));
const keywords = keywordCompletionSource(duckdb, true);

interface CodeEditorProps extends EditorProps {
  /** Gives the place of the caret in the field that was there before, once, if it had the focus. */
  takeCaret: () => number | null;
}

export default function CodeEditor({
  label,
  value,
  mistake,
  visits,
  takeCaret,
  suggest,
  onChange,
  onRun,
}: CodeEditorProps) {
  const latest = useRef({ suggest, onChange, onRun });
  useLayoutEffect(() => {
    latest.current = { suggest, onChange, onRun };
  });
  const { host, view } = useEditor({
    value,
    mistake,
    takeCaret,
    onChange,
    extensions: () => [
      Prec.highest(
        keymap.of([
          {
            key: "Mod-Enter",
            run: ({ state }) => {
              // What was typed just now runs, too: it may not have been drawn yet.
              flushSync(() => latest.current.onChange(state.doc.toString()));
              latest.current.onRun();
              return true;
            },
          },
          { key: "Tab", run: acceptCompletion },
        ]),
      ),
      sql({ dialect: duckdb, upperCaseKeywords: true }),
      autocompletion({
        override: [
          async context => completionsFor(context, await latest.current.suggest(...caretOf(context))),
        ],
        icons: false,
        activateOnCompletion: ({ label: chosen }) => chosen.endsWith("/"),
      }),
      MISTAKE,
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
    ],
  });
  useEffect(() => {
    const { current } = view;
    if (!current || visits === 0 || mistake === null) return;
    const anchor = Math.min(mistake, current.state.doc.length);
    current.dispatch({ selection: { anchor }, scrollIntoView: true });
    current.focus();
    // Only asking leads there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [visits]);
  return <div ref={host} className={styles.host} />;
}

const caretOf = ({ state, pos }: CompletionContext) => [state.doc.toString(), pos] as const;

async function completionsFor(
  context: CompletionContext,
  found: Awaited<ReturnType<EditorProps["suggest"]>>,
): Promise<CompletionResult | null> {
  if (!found) return null;
  const inText = found.items.some(({ kind }) => kind === "path" || kind === "package");
  const isTyping = context.explicit || found.from < context.pos || inText;
  if (!isTyping) return null;
  const items = found.items.map(({ label, kind, detail, text }): Completion => ({
    label,
    type: TYPES[kind],
    boost: BOOSTS[kind],
    ...(detail ? { detail } : {}),
    ...(text ? { apply: text } : {}),
  }));
  if (inText) return { from: found.from, options: items, validFor: /^[^'/]*$/ };
  // Functions are among them, too, in capitals.
  const words = ((await keywords(context))?.options ?? []).filter(({ type }) => type !== "variable");
  return {
    from: found.from,
    options: [...items, ...functions, ...words.map(word => ({ ...word, boost: -20 }))],
    validFor: /^[\p{L}\p{N}_$"]*$/u,
  };
}
