import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useLocation, useMatch, useNavigate, useSearchParams } from "react-router";
import { isUri } from "@/lib/uris";
import styles from "./SearchBox.module.css";

/** Searches everywhere, or the bucket that is being looked at. `/` leads here from any page. */
export function SearchBox() {
  const [params] = useSearchParams();
  const searching = useLocation().pathname === "/search";
  const here = useMatch("/b/:bucket/*")?.params.bucket;
  const asked = searching ? (params.get("q") ?? "") : "";
  const scope = searching ? params.get("buckets") : (here ?? null);
  return <Box key={asked} asked={asked} scope={scope} />;
}

function Box({ asked, scope }: { asked: string; scope: string | null }) {
  const [words, setWords] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const { target } = event;
      const typing =
        target instanceof HTMLElement &&
        (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
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
        const query = new URLSearchParams({ q: words.trim(), ...(scope ? { buckets: scope } : {}) });
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
