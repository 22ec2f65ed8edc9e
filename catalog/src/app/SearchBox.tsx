import { useQuery } from "@tanstack/react-query";
import { useLocation, useMatch, useSearchParams } from "react-router";
import { useApi } from "@/api/context";
import { queries } from "@/api/queries";
import { SearchForm } from "@/features/search/SearchForm";

/** Searches everywhere, or the bucket that is being looked at. The first page has a box of its own. */
export function SearchBox() {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const searching = pathname === "/search";
  const here = useMatch("/b/:bucket/*")?.params.bucket;
  const asked = searching ? (params.get("q") ?? "") : "";
  // Nothing can be searched for in a bucket that is none.
  const isBucket = !useQuery({ ...queries.bucket(useApi(), here ?? ""), enabled: here !== undefined })
    .isError;
  const bucket = here !== undefined && isBucket ? here : null;
  const scope = searching ? params.get("buckets") : bucket;
  // On the search page what was chosen there stays.
  const kept = searching ? params : new URLSearchParams(bucket === null ? {} : { buckets: bucket });
  if (pathname === "/") return null;
  return <SearchForm key={asked} asked={asked} scope={scope} kept={kept} />;
}
