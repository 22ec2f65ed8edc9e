import { format } from "node:util";

const MISTAKE =
  /unique "key" prop|wrapped in act|not recognize the|Invalid DOM property|non-boolean attribute|validateDOMNesting|cannot be a (child|descendant)|cannot contain|(un)?controlled input|while rendering a different component|Maximum update depth|change in the order of Hooks/;

/** Collects what React writes to the console about mistakes, until `stop`. */
export function watchReact(): { found: string[]; stop: () => void } {
  const found: string[] = [];
  const { error } = console;
  // eslint-disable-next-line no-console -- React has no other way to say it
  console.error = (...said: unknown[]) => {
    const text = format(...said);
    if (MISTAKE.test(text)) found.push(text);
    error(...said);
  };
  return {
    found,
    stop: () => {
      // eslint-disable-next-line no-console -- as above
      console.error = error;
    },
  };
}
