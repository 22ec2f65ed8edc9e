import { SearchX } from "lucide-react";
import { Link } from "react-router";
import type { SearchResults } from "@/api/models";
import { t } from "@/language/en/features/search";
import { withWord } from "@/lib/clauses";
import { Empty } from "@/ui/States";
import { chosenFields, type SearchAddress, searchPath, withoutChoices } from "./address";
import styles from "./NothingFound.module.css";
import { QueryHelp } from "./QueryHelp";

type Suggestions = SearchResults["suggestions"];

/** Which word keeps the search from finding anything, what it may have meant, and the way out of filters. */
export function NothingFound({ address, suggestions }: { address: SearchAddress; suggestions: Suggestions }) {
  const narrowed = chosenFields(address).length > 0 || address.filters.length > 0;
  return (
    <Empty title={t.nothingFound} icon={<SearchX size={22} />} action={<QueryHelp />}>
      {address.q ? (
        <p>{t.hitsAllWords(address.q, <code>win*</code>, <code>*.csv</code>)}</p>
      ) : (
        <p>{narrowed ? t.nothingAllChose : t.nothingPushedYet}</p>
      )}
      {suggestions.length > 0 && (
        <ul className={styles.words} aria-label={t.eachWordAlone}>
          {suggestions.map(({ word, count, instead }) => (
            <li key={word}>
              <strong>{word}</strong>{" "}
              {count > 0 ? (
                <Link to={searchPath({ ...address, q: word })}>{t.hitAlone(count)}</Link>
              ) : (
                t.noResults
              )}
              {instead.length > 0 && (
                <>
                  {t.didMean}{" "}
                  {instead.map((other, index) => (
                    <span key={other}>
                      {index > 0 && (index === instead.length - 1 ? t.or : ", ")}
                      <Link to={searchPath({ ...address, q: withWord(address.q, word, other) })}>
                        {other}
                      </Link>
                    </span>
                  ))}
                  {"?"}
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {narrowed && (
        <p>
          <Link to={searchPath(withoutChoices(address))}>{t.searchWithoutFilters}</Link>
        </p>
      )}
    </Empty>
  );
}
