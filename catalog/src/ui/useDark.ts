import { useSyncExternalStore } from "react";

const DARK = "(prefers-color-scheme: dark)";

/** Whether the page is dark: by choice, else as the system is. */
export function useDark(): boolean {
  return useSyncExternalStore(
    changed => {
      const list = matchMedia(DARK);
      list.addEventListener("change", changed);
      const choice = new MutationObserver(changed);
      choice.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      return () => {
        list.removeEventListener("change", changed);
        choice.disconnect();
      };
    },
    () => {
      const { theme } = document.documentElement.dataset;
      return theme === "dark" || (theme !== "light" && matchMedia(DARK).matches);
    },
  );
}
