import { t } from "@/language/en/ui/parts";
import { chooseLanguage, currentLanguage, languages } from "@/language/language";
import styles from "./LanguageChoice.module.css";

/** The languages of the catalog, each by its own name. */
export function LanguageChoice() {
  return (
    <div className={styles.languages} role="group" aria-label={t.language}>
      {languages.map(([language, name]) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === currentLanguage()}
          onClick={() => chooseLanguage(language)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
