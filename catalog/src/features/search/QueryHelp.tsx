import { CircleHelp } from "lucide-react";
import { t } from "@/language/en/features/search";
import { Popover } from "@/ui/Popover";
import styles from "./QueryHelp.module.css";

const makeHelp = () =>
  [
    ["red wine", t.bothWordsInAnyOrderAnd],
    ['"red wine"', t.oneDirectlyAfterTheOther],
    ["red OR white", t.eitherParenthesesGroup],
    ["-red", t.notThisWord],
    ["win*", t.wordsThatBeginWithIt],
    ["*.csv", t.pathsAndPackageNamesByWildcard],
    ["ext:.csv", t.oneFieldNameMessageReadmeContent],
    ["meta.status:released", t.metadataByItsKey],
    ["meta.qc.level:>=3", t.numbersAndDatesCompare],
    ['meta."a key".b:1..5', t.aRangeKeysWithSpacesOr],
    ["has:meta.doi", t.withSuchMetadataAtAll],
    ["size:>10MB", t.alsoKBGBMiB],
    ["modified:2026-01", t.aDayAMonthOrA],
    ["in:amy/wine", t.onePackage],
    ["deleted:true", t.filesThatWereDeletedInA],
    ["sort:-modified", t.newestFirst],
  ] as const;

/** The query language on one card. */
export function QueryHelp() {
  return (
    <Popover label={t.searchHelp} icon={<CircleHelp size={15} />} title={t.whatYouCanType} wide>
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
      <p className="muted">{t.hitsHaveAllWordsThatYou(<kbd>/</kbd>)}</p>
    </Popover>
  );
}
