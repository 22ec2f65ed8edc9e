/** The name and the logo of the installation. */
import { createContext, use } from "react";

export interface Brand {
  name: string;
  /** Address of a picture; null for our own mark. */
  logo: string | null;
}

export const BrandContext = createContext<Brand>({ name: "Patchwork", logo: null });

export const useBrand = (): Brand => use(BrandContext);
