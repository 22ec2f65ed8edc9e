import { useState } from "react";

const KEY = "patchwork.shows-internal";

/** Whether what Quilt keeps in a bucket is listed; the browser remembers it. */
export function useShowsInternal(): [boolean, (shows: boolean) => void] {
  const [shows, setShows] = useState(() => {
    try {
      return localStorage.getItem(KEY) === "yes";
    } catch {
      return false;
    }
  });
  return [
    shows,
    to => {
      setShows(to);
      try {
        if (to) localStorage.setItem(KEY, "yes");
        else localStorage.removeItem(KEY);
      } catch {
        // Then it holds for this page.
      }
    },
  ];
}
