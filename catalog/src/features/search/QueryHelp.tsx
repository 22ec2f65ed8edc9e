import { CircleHelp } from "lucide-react";
import { t } from "@/language/en/features/search";
import { Popover } from "@/ui/Popover";
import styles from "./QueryHelp.module.css";

const makeHelp = () =>
  [
    ["red wine", t.bothWordsAny],
    ['"red wine"', t.oneDirectlyAfter],
    ["red OR white", t.eitherParenthesesGroup],
    ["-red", t.notWord],
    ["win*", t.wordsBegin],
    ["*.csv", t.pathsPackageNames],
    ["ext:.csv", t.oneFieldName],
    ["meta.status:released", t.metadataKey],
    ["meta.qc.level:>=3", t.numbersDatesCompare],
    ['meta."a key".b:1..5', t.rangeKeysSpaces],
    ["has:meta.doi", t.suchMetadataAll],
    ["size:>10MB", t.alsoKBGb],
    ["modified:2026-01", t.dayMonthYear],
    ["in:amy/wine", t.onePackage],
    ["deleted:true", t.filesDeletedBucket],
    ["sort:-modified", t.newestFirst],
  ] as const;

/** The query language on one card. */
export function QueryHelp() {
  return (
    <Popover label={t.searchHelp} icon={<CircleHelp size={15} />} title={t.canType} wide>
      <dl className={styles.help}>
        {makeHelp().map(([example, meaning]) => (
          <div key={example}>
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t.hitsAllWordsType(<kbd>/</kbd>)}</p>
    </Popover>
  );
}
