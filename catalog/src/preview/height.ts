/** The height that an author wished for charts and reports; null for the viewer's own. */
import { createContext, use } from "react";

export const HeightContext = createContext<string | null>(null);

export const useHeight = (own: string): string => use(HeightContext) ?? own;
