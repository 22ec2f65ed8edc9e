import { SearchX } from "lucide-react";
import { Link } from "react-router";
import type { SearchResults } from "@/api/models";
import { withWord } from "@/lib/clauses";
import { counted } from "@/lib/format";
import { Empty } from "@/ui/States";
import { chosenFields, type SearchAddress, searchPath, withoutChoices } from "./address";
import styles from "./NothingFound.module.css";
import { QueryHelp } from "./QueryHelp";

type Suggestions = SearchResults["suggestions"];

/** Which word keeps the search from finding anything, what it may have meant, and the way out of filters. */
export function NothingFound({ address, suggestions }: { address: SearchAddress; suggestions: Suggestions }) {
  const narrowed = chosenFields(address).length > 0 || address.filters.length > 0;
  return (
    <Empty title="Nothing found" icon={<SearchX size={22} />} action={<QueryHelp />}>
      {address.q ? (
        <p>
          Hits have all words of “{address.q}”. Try fewer words, the beginning of one as in <code>win*</code>,
          or a part of a name as in <code>*.csv</code>.
        </p>
      ) : (
        <p>Nothing has all of what you chose.</p>
      )}
      {suggestions.length > 0 && (
        <ul className={styles.words} aria-label="Each word alone">
          {suggestions.map(({ word, count, instead }) => (
            <li key={word}>
              <strong>{word}</strong>{" "}
              {count > 0 ? (
                <Link to={searchPath({ ...address, q: word })}>{counted(count, "hit")} alone</Link>
              ) : (
                "has no results"
              )}
              {instead.length > 0 && (
                <>
                  . Did you mean{" "}
                  {instead.map((other, index) => (
                    <span key={other}>
                      {index > 0 && (index === instead.length - 1 ? " or " : ", ")}
                      <Link to={searchPath({ ...address, q: withWord(address.q, word, other) })}>
                        {other}
                      </Link>
                    </span>
                  ))}
                  ?
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {narrowed && (
        <p>
          <Link to={searchPath(withoutChoices(address))}>Search without filters</Link>
        </p>
      )}
    </Empty>
  );
}
