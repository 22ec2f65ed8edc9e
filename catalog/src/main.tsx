import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Start } from "./app/Start";
import { currentLanguage, loadLanguage, wantedLanguage } from "./language/language";

/** In English, should the texts of another language not come. */
async function begin(root: HTMLElement): Promise<void> {
  await loadLanguage(wantedLanguage()).catch(() => undefined);
  document.documentElement.lang = currentLanguage();
  createRoot(root).render(
    <StrictMode>
      <Start />
    </StrictMode>,
  );
}

const root = document.getElementById("root");
if (root) void begin(root);
