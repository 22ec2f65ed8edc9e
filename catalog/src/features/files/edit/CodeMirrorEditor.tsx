/** An editor for texts in a tree of its own, since its style sheets are made by code, which the page's policy allows there only. */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
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
import { COLOURS, LOOK, overwriting } from "@/preview/text/editorLook";
import type { TextLanguage } from "./editable";
import type { TextEditorProps } from "./TextEditor";
import styles from "./CodeMirrorEditor.module.css";

/** Texts are longer than statements. */
const ROOM = EditorView.theme({ ".cm-scroller": { minHeight: "320px" } });

const setMistake = StateEffect.define<number | null>();
const mark = Decoration.mark({ class: "cm-mistake" });

const mistakeField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(found, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setMistake)) return markAt(transaction.state, effect.value);
    return transaction.docChanged ? found.map(transaction.changes) : found;
  },
  provide: field => EditorView.decorations.from(field),
});

function markAt(state: EditorState, offset: number | null): DecorationSet {
  if (offset === null || state.doc.length === 0) return Decoration.none;
  const from = Math.min(offset, state.doc.length - 1);
  return Decoration.set(mark.range(from, from + 1));
}

function extensionFor(language: TextLanguage): Extension {
  switch (language) {
    case "json":
      return json();
    case "markdown":
      return markdown();
    case "yaml":
      return yaml();
    case null:
      return [];
  }
}

export default function CodeMirrorEditor({
  label,
  value,
  language,
  mistake,
  takeCaret,
  onChange,
}: TextEditorProps & {
  /** Characters before the mistake that is marked. */
  mistake: number | null;
  /** The place of the caret in the field that was there before, if it had the focus. */
  takeCaret: () => number | null;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  useLayoutEffect(() => {
    changed.current = onChange;
  });
  useLayoutEffect(() => {
    const { current } = host;
    if (!current) return undefined;
    const root = current.shadowRoot ?? current.attachShadow({ mode: "open" });
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          overwriting,
          lineNumbers(),
          history(),
          drawSelection(),
          highlightSpecialChars(),
          highlightActiveLine(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          extensionFor(language),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
          syntaxHighlighting(COLOURS),
          LOOK,
          ROOM,
          mistakeField,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            "aria-label": label,
            spellcheck: String(language === "markdown"),
          }),
          EditorView.updateListener.of(update => {
            if (update.docChanged) changed.current(update.state.doc.toString());
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
  }, [language, label]);
  useEffect(() => {
    const { current } = view;
    if (current && current.state.doc.toString() !== value)
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: setMistake.of(mistake) });
  }, [mistake]);
  return <div ref={host} className={styles.host} />;
}
