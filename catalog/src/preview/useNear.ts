import { type RefObject, useEffect, useRef, useState } from "react";

/** Whether an element has come near to what is in view; it stays so. */
export function useNear<Kind extends Element>(): [RefObject<Kind | null>, boolean] {
  const place = useRef<Kind>(null);
  const [isNear, setIsNear] = useState(false);
  useEffect(() => {
    const { current } = place;
    if (!current || isNear) return undefined;
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) setIsNear(true);
      },
      { rootMargin: "600px" },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [isNear]);
  return [place, isNear];
}
