import { lazy, Suspense, useState } from "react";
import { t } from "@/language/en/app";
import { useHotkey } from "@/ui/useHotkey";
import styles from "./KeyboardButton.module.css";

const KeyboardHelp = lazy(async () => ({ default: (await import("./KeyboardHelp")).KeyboardHelp }));

/** The list of shortcuts, which `?` opens from any page. */
export function KeyboardButton() {
  const [open, setOpen] = useState(false);
  useHotkey("?", () => setOpen(true));
  return (
    <>
      <button type="button" className={styles.button} aria-keyshortcuts="?" onClick={() => setOpen(true)}>
        {t.keyboardShortcuts}
      </button>
      {open && (
        <Suspense>
          <KeyboardHelp onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
