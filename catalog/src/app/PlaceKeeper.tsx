import { useEffect, useLayoutEffect, useRef } from "react";
import { NavigationType, useLocation, useNavigationType } from "react-router";

const STORED = "patchwork.places";
/** After this time somebody may have begun to read. */
const MAX_WAIT_MILLISECONDS = 10_000;
const MAX_PLACES = 200;

/** How far each page of this tab was scrolled, by the key of its place in the history. */
const places = new Map<string, number>(stored());

function stored(): [string, number][] {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "[]") as [string, number][];
  } catch {
    return [];
  }
}

function store(): void {
  try {
    sessionStorage.setItem(STORED, JSON.stringify([...places].slice(-MAX_PLACES)));
  } catch {
    // Storage is off or full: places last as long as the page.
  }
}

/**
 * Goes back to a page's place also where its content comes only after a while: what `ScrollRestoration` cannot, since
 * the page is too short when it tries. Stops as soon as somebody does something.
 */
export function PlaceKeeper() {
  const { key } = useLocation();
  const type = useNavigationType();
  const current = useRef(key);
  useEffect(() => {
    const note = () => {
      places.delete(current.current);
      places.set(current.current, scrollY);
    };
    addEventListener("scroll", note, { passive: true });
    addEventListener("pagehide", store);
    return () => {
      removeEventListener("scroll", note);
      removeEventListener("pagehide", store);
    };
  }, []);
  useLayoutEffect(() => {
    current.current = key;
    const wanted = type === NavigationType.Pop ? (places.get(key) ?? 0) : 0;
    if (wanted === 0) return undefined;
    const arrive = () => {
      scrollTo(0, wanted);
      if (Math.abs(scrollY - wanted) < 2) stop();
    };
    const observer = new ResizeObserver(arrive);
    const timer = setTimeout(() => stop(), MAX_WAIT_MILLISECONDS);
    const signs = ["wheel", "touchstart", "keydown", "pointerdown"] as const;
    const stop = () => {
      observer.disconnect();
      clearTimeout(timer);
      for (const sign of signs) removeEventListener(sign, stop);
    };
    observer.observe(document.body);
    for (const sign of signs) addEventListener(sign, stop, { passive: true });
    return stop;
  }, [key, type]);
  return null;
}
