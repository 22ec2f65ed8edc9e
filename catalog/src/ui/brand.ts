/** The look of the installation: its name, its logo and its colours. */
import { createContext, use } from "react";

export interface Brand {
  name: string;
  /** Address of a picture; null for our own mark. */
  logo: string | null;
}

/** Where an installation has chosen nothing else. The colours are those of tokens.css. */
export const OUR_NAME = "Patchwork";
export const OUR_COLOURS = { accent: "#0d5f63", accent_dark: "#62c7c2" } as const;

/** Behind what is chosen. As the registry mixes it, which checks the contrast. */
export const SOFT_ACCENT = "color-mix(in srgb, var(--accent) 12%, var(--surface))";

export const BrandContext = createContext<Brand>({ name: OUR_NAME, logo: null });

/** The look as the registry tells it. */
export interface Look {
  name: string;
  /** A `data:` URL. */
  logo: string | null;
  accent: string | null;
  accent_dark: string | null;
}

/** Shows another look on all pages, after somebody has changed it. */
export const ShowLookContext = createContext<(look: Look) => void>(() => undefined);

export const useShowLook = () => use(ShowLookContext);

export const useBrand = (): Brand => use(BrandContext);
