/** Editors for texts, in trees of their own: their style sheets are made by code, which the page's policy allows there only. */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
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
import { COLOURS, LOOK, overwriting } from "./editorLook";

const showMistake = StateEffect.define<number | null>();
const mark = Decoration.mark({ class: "cm-mistake" });

/** Marks the mistake of an editor. `endOf`: the end of what is marked, which begins at `from`. */
export function mistakeMark(
  endOf: (state: EditorState, from: number) => number,
  { staysWithChanges }: { staysWithChanges: boolean },
): Extension {
  const markAt = (state: EditorState, offset: number | null): DecorationSet => {
    if (offset === null || state.doc.length === 0) return Decoration.none;
    const from = Math.min(offset, state.doc.length - 1);
    return Decoration.set(mark.range(from, endOf(state, from)));
  };
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(found, transaction) {
      for (const effect of transaction.effects)
        if (effect.is(showMistake)) return markAt(transaction.state, effect.value);
      if (!transaction.docChanged) return found;
      return staysWithChanges ? found.map(transaction.changes) : Decoration.none;
    },
    provide: field => EditorView.decorations.from(field),
  });
}

const COMMON: Extension = [
  overwriting,
  lineNumbers(),
  history(),
  drawSelection(),
  highlightSpecialChars(),
  highlightActiveLine(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
  syntaxHighlighting(COLOURS),
  LOOK,
  EditorView.lineWrapping,
];

interface Editing {
  value: string;
  /** Characters before the mistake that is marked. */
  mistake: number | null;
  onChange: (value: string) => void;
  /** Gives the place of the caret in the field that was there before, once, if it had the focus. */
  takeCaret: () => number | null;
  /** What this editor has besides what all have. */
  extensions: () => Extension;
  /** The editor is made again when it changes. */
  madeFor?: string;
}

/** An editor in the element that gets `host`. */
export function useEditor({ value, mistake, onChange, takeCaret, extensions, madeFor = "" }: Editing) {
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
          extensions(),
          COMMON,
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
  }, [madeFor]);
  useEffect(() => {
    const { current } = view;
    if (current && current.state.doc.toString() !== value)
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: showMistake.of(mistake) });
  }, [mistake]);
  return { host, view };
}
