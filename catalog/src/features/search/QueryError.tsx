import { CircleAlert } from "lucide-react";
import { Link } from "react-router";
import { t } from "@/language/en/features/search";
import type { RequestError } from "@/lib/errors";
import { Empty } from "@/ui/States";
import { type SearchAddress, searchPath } from "./address";
import { QueryHelp } from "./QueryHelp";
import styles from "./QueryError.module.css";

/** A query that cannot be read: what is wrong with it, and where. */
export function QueryError({ address, error }: { address: SearchAddress; error: RequestError }) {
  const plain = (address.q.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(" ");
  return (
    <Empty title={t.searchCannotRead} icon={<CircleAlert size={22} />} action={<QueryHelp />}>
      <p role="alert">{error.message}</p>
      {error.position !== null && error.query && <Place query={error.query} position={error.position} />}
      {plain && plain !== address.q && (
        <p>
          <Link to={searchPath({ ...address, q: plain })}>{t.searchWords(plain)}</Link>
        </p>
      )}
    </Empty>
  );
}

/** The query with a caret under the place. The engine counts code points. */
function Place({ query, position }: { query: string; position: number }) {
  const characters = Array.from(query);
  const at = Math.min(Math.max(position, 0), characters.length);
  const rest = characters.slice(at).join("");
  const wrong = /^(?:\S+|\s)/.exec(rest)?.[0] ?? " ";
  return (
    <pre className={styles.place} aria-label={t.mistakeCharacter(at + 1)} role="img">
      <span>{characters.slice(0, at).join("")}</span>
      <span className={styles.wrong}>{wrong}</span>
      <span>{rest.slice(wrong.length)}</span>
    </pre>
  );
}
