import { CircleHelp } from "lucide-react";
import { Popover } from "@/ui/Popover";
import styles from "./QueryHelp.module.css";

const HELP = [
  ["red wine", "both words, in any order and field"],
  ['"red wine"', "one directly after the other"],
  ["red OR white", "either; parentheses group"],
  ["-red", "not this word"],
  ["win*", "words that begin with it"],
  ["*.csv", "paths and package names, by wildcard"],
  ["ext:.csv", "one field: name, message, readme, content, workflow, author …"],
  ["meta.status:released", "metadata, by its key"],
  ["meta.qc.level:>=3", "numbers and dates compare"],
  ['meta."a key".b:1..5', "a range; keys with spaces or dots in quotation marks"],
  ["has:meta.doi", "with such metadata at all"],
  ["size:>10MB", "also kB, GB, MiB"],
  ["modified:2026-01", "a day, a month or a year"],
  ["in:amy/wine", "one package"],
  ["deleted:true", "files that were deleted in a bucket with versions"],
  ["sort:-modified", "newest first"],
] as const;

/** The query language on one card. */
export function QueryHelp() {
  return (
    <Popover label="Search help" icon={<CircleHelp size={15} />} title="What you can type" wide>
      <dl className={styles.help}>
        {HELP.map(([example, meaning]) => (
          <div key={example}>
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        Hits have all words that you type. <kbd>/</kbd> leads to the search box from everywhere.
      </p>
    </Popover>
  );
}
