import { createElement, Fragment, type ReactNode } from "react";

/** A text with elements in it. */
export function rich(texts: TemplateStringsArray, ...parts: readonly ReactNode[]): ReactNode {
  return createElement(Fragment, null, ...texts.flatMap((text, at) => [text, parts[at]]));
}
