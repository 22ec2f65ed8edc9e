import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

/** Titles of pages follow each other while their content comes; the last one is said. */
const SETTLED_MILLISECONDS = 150;
/** What had the focus may go only when the new page's content comes. */
const MAX_WAIT_MILLISECONDS = 10_000;

/** Says where a link has led, and gives the focus to the new page when what had it is gone. */
export function RouteAnnouncer() {
  const { pathname } = useLocation();
  const [said, setSaid] = useState("");
  const first = useRef(pathname);
  useEffect(() => {
    // Of the page that was loaded the browser itself says the title.
    if (first.current === pathname) return undefined;
    first.current = "";
    let timer = 0;
    const say = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => setSaid(document.title.replace(/ · [^·]*$/, "")), SETTLED_MILLISECONDS);
    };
    say();
    const titles = new MutationObserver(say);
    titles.observe(document.head, { subtree: true, childList: true, characterData: true });
    return () => {
      clearTimeout(timer);
      titles.disconnect();
    };
  }, [pathname]);
  useEffect(() => {
    if (first.current === pathname) return undefined;
    const main = document.getElementById("main");
    if (!main) return undefined;
    const keep = () => {
      if (document.activeElement === document.body || document.activeElement === null)
        main.focus({ preventScroll: true });
    };
    const changes = new MutationObserver(keep);
    const signs = ["pointerdown", "keydown"] as const;
    const stop = () => changes.disconnect();
    changes.observe(document.body, { subtree: true, childList: true });
    const timer = setTimeout(stop, MAX_WAIT_MILLISECONDS);
    // Then somebody has chosen where to be.
    for (const sign of signs) addEventListener(sign, stop, { once: true });
    const frame = requestAnimationFrame(keep);
    return () => {
      stop();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      for (const sign of signs) removeEventListener(sign, stop);
    };
  }, [pathname]);
  return (
    <div role="status" className="hidden" data-route>
      {said}
    </div>
  );
}
