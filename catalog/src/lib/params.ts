/** What the address of a page names. */
import { useState } from "react";
import { type NavigateOptions, useParams, useSearchParams } from "react-router";

export function useBucketName(): string {
  return useParams().bucket ?? "";
}

/** Package names have two parts in addresses, too. */
export function usePackageName(): { bucket: string; name: string } {
  const { bucket = "", author = "", name = "" } = useParams();
  return { bucket, name: `${author}/${name}` };
}

/**
 * The query of the address. A change is there at once, and in the address when the router has gone there: fields and
 * ticks never fall back for a moment.
 */
export function useQueryParams(): [
  URLSearchParams,
  (to: URLSearchParams, options?: NavigateOptions) => void,
] {
  const [there, go] = useSearchParams();
  const [known, setKnown] = useState(there);
  const [shown, setShown] = useState(there);
  if (known !== there) {
    setKnown(there);
    setShown(there);
  }
  return [
    shown,
    (to, options) => {
      setShown(to);
      go(to, { preventScrollReset: true, ...options });
    },
  ];
}
