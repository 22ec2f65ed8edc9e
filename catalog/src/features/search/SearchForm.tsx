import { Search } from "lucide-react";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { t } from "@/language/en/app";
import { isUri } from "@/lib/uris";
import { useHotkey } from "@/ui/useHotkey";
import styles from "./SearchForm.module.css";

/** The field for words; `/` leads to it. `kept`: what else the search's address has. */
export function SearchForm({
  asked,
  scope,
  kept,
  large = false,
}: {
  asked: string;
  scope: string | null;
  kept: URLSearchParams;
  large?: boolean;
}) {
  const [words, setWords] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useHotkey("/", () => {
    input.current?.focus();
    input.current?.select();
  });
  const label = scope ? t.searchScope(scope) : t.searchPackagesFiles;
  return (
    <form
      role="search"
      className={styles.form}
      data-large={large || undefined}
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
      <Search size={large ? 18 : 15} className={styles.icon} />
      <input
        ref={input}
        type="search"
        value={words}
        onChange={event => setWords(event.target.value)}
        onKeyDown={event => event.key === "Escape" && input.current?.blur()}
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={large ? t.namesWordsREADMEs : label}
        spellCheck={false}
        autoComplete="off"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}
