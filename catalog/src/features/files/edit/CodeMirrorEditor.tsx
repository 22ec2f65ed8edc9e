import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { yaml } from "@codemirror/lang-yaml";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { mistakeMark, useEditor } from "@/preview/text/useEditor";
import type { TextLanguage } from "./editable";
import type { TextEditorProps } from "./TextEditor";
import styles from "./CodeMirrorEditor.module.css";

/** Texts are longer than statements. */
const ROOM = EditorView.theme({ ".cm-scroller": { minHeight: "320px" } });
const MISTAKE = mistakeMark((_, from) => from + 1, { staysWithChanges: true });

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
  const { host } = useEditor({
    value,
    mistake,
    takeCaret,
    onChange,
    madeFor: `${language} ${label}`,
    extensions: () => [
      extensionFor(language),
      ROOM,
      MISTAKE,
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: String(language === "markdown") }),
    ],
  });
  return <div ref={host} className={styles.host} />;
}
