/** The look that an installation has chosen, within the page's policy: no inline styles, and pictures from this page only. */
import type { CatalogConfig } from "@/api/models";
import type { Brand } from "@/ui/brand";

type Theme = CatalogConfig["theme"];

/** As the registry mixes it, which checks the contrast. */
const SOFT_PERCENT = 12;
const HOVER_PERCENT = 82;

/** Sets the colours of all pages. */
export function applyTheme(theme: Theme | undefined, root = document.documentElement): Brand {
  const { accent, accent_dark: dark } = theme ?? {};
  if (accent || dark) {
    const { style } = root;
    if (accent) style.setProperty("--accent-light", accent);
    if (dark) style.setProperty("--accent-dark", dark);
    style.setProperty("--accent-hover", `color-mix(in srgb, var(--accent) ${HOVER_PERCENT}%, var(--text))`);
    style.setProperty("--accent-soft", `color-mix(in srgb, var(--accent) ${SOFT_PERCENT}%, var(--surface))`);
    style.setProperty("--focus", "var(--accent)");
  }
  return { name: theme?.name ?? "Patchwork", logo: theme?.logo ? pictureOf(theme.logo) : null };
}

/** The policy allows pictures that the page has made itself. */
function pictureOf(dataUrl: string): string {
  const [head = "", content = ""] = dataUrl.split(",", 2);
  const type = /^data:([^;]+)/.exec(head)?.[1] ?? "";
  const bytes = Uint8Array.from(atob(content), char => char.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type }));
}
