import { CodeBlock } from "./Copy";
import styles from "./ExampleCode.module.css";

/** Code to start from, in the middle of a page that is still empty. */
export function ExampleCode({ label, code }: { label: string; code: string }) {
  return (
    <div className={styles.code}>
      <CodeBlock label={label} code={code} />
    </div>
  );
}
