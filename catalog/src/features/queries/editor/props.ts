import type { Suggestions } from "./suggestions";

export interface EditorProps {
  label: string;
  value: string;
  /** UTF-16 units before the place of a mistake. */
  mistake: number | null;
  /** How often somebody has asked to be led to the mistake. */
  visits: number;
  suggest: (sql: string, caret: number) => Promise<Suggestions | null>;
  onChange: (value: string) => void;
  onRun: () => void;
}
