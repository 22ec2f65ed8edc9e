/** An editor for SQL in a tree of its own, since its style sheets are made by code, which the page's policy allows there only. */
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { keywordCompletionSource, sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { COLOURS, LOOK, overwriting } from "@/preview/text/editorLook";
import { duckdb, FUNCTIONS } from "./dialect";
import type { EditorProps } from "./props";
import type { Suggestion } from "./suggestions";
import styles from "./CodeEditor.module.css";

const setMistake = StateEffect.define<number | null>();
const mark = Decoration.mark({ class: "cm-mistake" });

/** The mistake that the engine found, until the text is changed. */
const mistakeField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(found, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setMistake))
        return effect.value === null ? Decoration.none : markAt(transaction.state, effect.value);
    return transaction.docChanged ? Decoration.none : found;
  },
  provide: field => EditorView.decorations.from(field),
});

function markAt(state: EditorState, offset: number): DecorationSet {
  const { length } = state.doc;
  if (length === 0) return Decoration.none;
  const from = Math.min(offset, length - 1);
  const rest = state.sliceDoc(from, Math.min(length, from + 200));
  const word = /^(?:[\p{L}\p{N}_$."]+|.)/u.exec(rest)?.[0] ?? " ";
  return Decoration.set(mark.range(from, from + Math.max(1, word.length)));
}

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
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ suggest, onChange, onRun });
  useLayoutEffect(() => {
    latest.current = { suggest, onChange, onRun };
  });
  useLayoutEffect(() => {
    const { current } = host;
    if (!current) return undefined;
    const root = current.shadowRoot ?? current.attachShadow({ mode: "open" });
    const named = new Compartment();
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
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
          overwriting,
          lineNumbers(),
          history(),
          drawSelection(),
          highlightSpecialChars(),
          highlightActiveLine(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          sql({ dialect: duckdb, upperCaseKeywords: true }),
          autocompletion({
            override: [
              async context => completionsFor(context, await latest.current.suggest(...caretOf(context))),
            ],
            icons: false,
            activateOnCompletion: ({ label: chosen }) => chosen.endsWith("/"),
          }),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
          syntaxHighlighting(COLOURS),
          LOOK,
          mistakeField,
          EditorView.lineWrapping,
          named.of(EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" })),
          EditorView.updateListener.of(update => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    const caret = takeCaret();
    if (caret !== null) {
      editor.dispatch({ selection: { anchor: Math.min(caret, editor.state.doc.length) } });
      editor.focus();
    }
    return () => {
      view.current = null;
      editor.destroy();
    };
    // The editor has its text from then on; changes from outside come below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const { current } = view;
    if (current && current.state.doc.toString() !== value)
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: setMistake.of(mistake) });
  }, [mistake]);
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
