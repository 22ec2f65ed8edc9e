import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/app";
import { IconButton } from "@/ui/Button";

type Theme = "system" | "light" | "dark";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: <Monitor size={16} />, light: <Sun size={16} />, dark: <Moon size={16} /> };
const names = (): Record<Theme, string> => ({ system: t.system, light: t.light, dark: t.dark });
const KEY = "patchwork.theme";

function chosen(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** `public/theme.js` puts the choice in force before the first paint. */
function choose(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}

export function ThemeToggle() {
  const [theme, setTheme] = useState(chosen);
  return (
    <IconButton
      label={t.themeSwitch(names()[theme], names()[NEXT[theme]])}
      onClick={() => {
        choose(NEXT[theme]);
        setTheme(NEXT[theme]);
      }}
    >
      {ICONS[theme]}
    </IconButton>
  );
}
