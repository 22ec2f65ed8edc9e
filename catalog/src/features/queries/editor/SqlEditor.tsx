/** Where statements are written: a field of text at once, and the editor when its code is there. */
import { Component, lazy, type ReactNode, Suspense } from "react";
import type { EditorProps } from "./props";
import styles from "./SqlEditor.module.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

export function SqlEditor(props: EditorProps) {
  const plain = <PlainEditor {...props} />;
  return (
    <div className={styles.editor}>
      <Unless failed={plain}>
        <Suspense fallback={plain}>
          <CodeEditor {...props} />
        </Suspense>
      </Unless>
    </div>
  );
}

function PlainEditor({ label, value, onChange, onRun }: EditorProps) {
  return (
    <textarea
      aria-label={label}
      className={styles.plain}
      rows={6}
      value={value}
      spellCheck={false}
      autoComplete="off"
      onChange={event => onChange(event.target.value)}
      onKeyDown={event => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        onRun();
      }}
    />
  );
}

/** Statements can be written where the editor cannot be loaded, too. */
class Unless extends Component<{ failed: ReactNode; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? this.props.failed : this.props.children;
  }
}
