/** A viewer's own tools stand in the bar above it, beside the choice of forms. */
import { createContext, type ReactNode, use } from "react";
import { createPortal } from "react-dom";

export const ToolsContext = createContext<HTMLElement | null>(null);

export function Tools({ children }: { children: ReactNode }) {
  const bar = use(ToolsContext);
  return bar && createPortal(children, bar);
}
