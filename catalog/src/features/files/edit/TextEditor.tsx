/** Where texts are written: a field of text at once, and the editor when its code is there. */
import { useQuery } from "@tanstack/react-query";
import { Component, lazy, type ReactNode, Suspense, useRef } from "react";
import { keys } from "@/api/keys";
import type { TextLanguage } from "./editable";
import { placed, problemOf, type TextProblem } from "./problems";
import styles from "./TextEditor.module.css";

const CodeMirrorEditor = lazy(() => import("./CodeMirrorEditor"));

export interface TextEditorProps {
  /** For who cannot see it. */
  label: string;
  value: string;
  language: TextLanguage;
  onChange: (text: string) => void;
}

/** `problem`: what somebody else found in it, instead of the rules of its language. */
export function TextEditor({ problem, ...props }: TextEditorProps & { problem?: TextProblem | null }) {
  const { value, language, label } = props;
  const caret = useRef<number | null>(null);
  const checked = useQuery({
    queryKey: keys.textProblem(language, value),
    queryFn: () => problemOf(value, language),
    enabled: problem === undefined && language !== null,
    placeholderData: null,
    staleTime: Infinity,
    gcTime: 0,
  });
  const found = problem === undefined ? (checked.data ?? null) : problem;
  const plain = (
    <textarea
      aria-label={label}
      className={styles.plain}
      rows={16}
      value={value}
      spellCheck={language === "markdown"}
      autoComplete="off"
      onSelect={event => {
        caret.current = event.currentTarget.selectionEnd;
      }}
      onBlur={event => {
        if (event.target.isConnected) caret.current = null;
      }}
      onChange={event => {
        caret.current = event.target.selectionEnd;
        props.onChange(event.target.value);
      }}
    />
  );
  return (
    <div className={styles.editor}>
      <UnlessBroken instead={plain}>
        <Suspense fallback={plain}>
          <CodeMirrorEditor {...props} mistake={found?.offset ?? null} takeCaret={() => caret.current} />
        </Suspense>
      </UnlessBroken>
      <p className={styles.problem} role="status">
        {found && placed(found, value)}
      </p>
    </div>
  );
}

/** The field does all that matters where the editor's code cannot be loaded. */
class UnlessBroken extends Component<{ instead: ReactNode; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? this.props.instead : this.props.children;
  }
}
