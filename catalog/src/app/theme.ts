/** The look that an installation has chosen, within the page's policy: no inline styles, and pictures from this page only. */
import { pictureOf } from "@/lib/pictures";
import { type Brand, type Look, OUR_NAME, SOFT_ACCENT } from "@/ui/brand";

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
  set("--accent-soft", isChosen && SOFT_ACCENT);
  set("--focus", isChosen && "var(--accent)");
  return { name: theme?.name ?? OUR_NAME, logo: logoAddress(theme?.logo ?? null) };
}

/** The logo of all pages. */
let logo: { dataUrl: string; address: string } | null = null;

function logoAddress(dataUrl: string | null): string | null {
  if (logo && logo.dataUrl !== dataUrl) {
    URL.revokeObjectURL(logo.address);
    logo = null;
  }
  if (dataUrl !== null) logo ??= { dataUrl, address: URL.createObjectURL(pictureOf(dataUrl)) };
  return logo?.address ?? null;
}
