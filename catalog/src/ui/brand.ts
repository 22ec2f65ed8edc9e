/** The name and the logo of the installation. */
import { createContext, use } from "react";

export interface Brand {
  name: string;
  /** Address of a picture; null for our own mark. */
  logo: string | null;
}

export const BrandContext = createContext<Brand>({ name: "Patchwork", logo: null });

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
