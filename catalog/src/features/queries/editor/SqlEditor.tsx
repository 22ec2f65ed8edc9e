/** Where statements are written: a field of text at once, and the editor when its code is there. */
import { Component, lazy, type ReactNode, Suspense, useRef } from "react";
import type { EditorProps } from "./props";
import styles from "./SqlEditor.module.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

export function SqlEditor(props: EditorProps) {
  const caret = useRef<number | null>(null);
  const noteCaret = (place: number | null) => {
    caret.current = place;
  };
  const takeCaret = () => {
    const { current } = caret;
    caret.current = null;
    return current;
  };
  const plain = <PlainEditor {...props} noteCaret={noteCaret} />;
  return (
    <div className={styles.editor}>
      <Unless failed={plain}>
        <Suspense fallback={plain}>
          <CodeEditor {...props} takeCaret={takeCaret} />
        </Suspense>
      </Unless>
    </div>
  );
}

interface PlainProps extends EditorProps {
  /** Called with the place of the caret while the field has the focus, which the editor takes over from it. */
  noteCaret: (place: number | null) => void;
}

function PlainEditor({ label, value, noteCaret, onChange, onRun }: PlainProps) {
  return (
    <textarea
      aria-label={label}
      className={styles.plain}
      rows={6}
      value={value}
      spellCheck={false}
      autoComplete="off"
      onFocus={event => noteCaret(event.target.selectionEnd)}
      onSelect={event => noteCaret(event.currentTarget.selectionEnd)}
      onBlur={event => {
        if (event.target.isConnected) noteCaret(null);
      }}
      onChange={event => {
        noteCaret(event.target.selectionEnd);
        onChange(event.target.value);
      }}
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
