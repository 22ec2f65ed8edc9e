import { type RefObject, useEffect, useRef } from "react";

/** A form whose texts stay as they are while its values are on their way: what was typed then would be lost when it closes. */
export function useSentForm(isSent: boolean): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const { current } = form;
    if (!isSent || !current) return undefined;
    const refuse = (event: Event) => event.preventDefault();
    current.addEventListener("beforeinput", refuse);
    return () => current.removeEventListener("beforeinput", refuse);
  }, [isSent]);
  return form;
}
