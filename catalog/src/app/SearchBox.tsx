import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation, useMatch, useNavigate, useSearchParams } from "react-router";
import { useApi } from "@/api/context";
import { queries } from "@/api/queries";
import { isUri } from "@/lib/uris";
import { useHotkey } from "@/ui/useHotkey";
import styles from "./SearchBox.module.css";

/** Searches everywhere, or the bucket that is being looked at. `/` leads here from any page. */
export function SearchBox() {
  const [params] = useSearchParams();
  const searching = useLocation().pathname === "/search";
  const here = useMatch("/b/:bucket/*")?.params.bucket;
  const asked = searching ? (params.get("q") ?? "") : "";
  // Nothing can be searched for in a bucket that is none.
  const isBucket = !useQuery({ ...queries.bucket(useApi(), here ?? ""), enabled: here !== undefined })
    .isError;
  const bucket = here !== undefined && isBucket ? here : null;
  const scope = searching ? params.get("buckets") : bucket;
  // On the search page what was chosen there stays.
  const kept = searching ? params : new URLSearchParams(bucket === null ? {} : { buckets: bucket });
  return <Box key={asked} asked={asked} scope={scope} kept={kept} />;
}

function Box({ asked, scope, kept }: { asked: string; scope: string | null; kept: URLSearchParams }) {
  const [words, setWords] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useHotkey("/", () => {
    input.current?.focus();
    input.current?.select();
  });
  const label = scope ? `Search in ${scope}` : "Search packages and files";
  return (
    <form
      role="search"
      className={styles.form}
      onSubmit={event => {
        event.preventDefault();
        if (isUri(words)) {
          setWords("");
          void navigate(`/uri?${new URLSearchParams({ uri: words.trim() }).toString()}`);
          return;
        }
        const query = new URLSearchParams([
          ["q", words.trim()],
          ...[...kept].filter(([name]) => name !== "q"),
        ]);
        void navigate(`/search?${query.toString()}`);
      }}
    >
      <Search size={15} className={styles.icon} />
      <input
        ref={input}
        type="search"
        value={words}
        onChange={event => setWords(event.target.value)}
        onKeyDown={event => event.key === "Escape" && input.current?.blur()}
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}
