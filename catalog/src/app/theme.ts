/** The look that an installation has chosen, within the page's policy: no inline styles, and pictures from this page only. */
import { pictureOf } from "@/lib/pictures";
import type { Brand, Look } from "@/ui/brand";

/** As the registry mixes it, which checks the contrast. */
const SOFT_PERCENT = 12;
const HOVER_PERCENT = 82;

/** Sets the colours of all pages. */
export function applyTheme(theme: Look | undefined, root = document.documentElement): Brand {
  const { accent, accent_dark: dark } = theme ?? {};
  const isChosen = Boolean(accent ?? dark);
  const { style } = root;
  const set = (name: string, value: string | null | undefined | false) => {
    if (value) style.setProperty(name, value);
    else if (style.length > 0) style.removeProperty(name);
  };
  set("--accent-light", accent);
  set("--accent-dark", dark);
  set("--accent-hover", isChosen && `color-mix(in srgb, var(--accent) ${HOVER_PERCENT}%, var(--text))`);
  set("--accent-soft", isChosen && `color-mix(in srgb, var(--accent) ${SOFT_PERCENT}%, var(--surface))`);
  set("--focus", isChosen && "var(--accent)");
  return { name: theme?.name ?? "Patchwork", logo: theme?.logo ? pictureOf(theme.logo) : null };
}
