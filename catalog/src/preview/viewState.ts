/** How a file is looked at: in the page's address, or, where several files are shown, only while it is looked at. */
import { createContext, use, useCallback } from "react";

/** Replaces the step of the history unless `step` is set. */
export type SetView = (changes: Record<string, string | null>, options?: { step?: boolean }) => void;

export const ViewContext = createContext<{ params: URLSearchParams; set: SetView } | null>(null);

export function useView(): { params: URLSearchParams; set: SetView } {
  const view = use(ViewContext);
  if (!view) throw new Error("A viewer is outside of a preview");
  return view;
}

export function changed(params: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const to = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes))
    if (value === null) to.delete(name);
    else to.set(name, value);
  return to;
}

/** One parameter of the view. */
export function useViewParameter(name: string): [string | null, (value: string | null) => void] {
  const { params, set } = useView();
  return [params.get(name), useCallback(value => set({ [name]: value }), [set, name])];
}

/** What was chosen for one file means nothing for another. */
export const OTHER_FILE: Record<string, string | null> = {
  as: null,
  channels: null,
  columns: null,
  member: null,
  page: null,
  sort: null,
  table: null,
  where: null,
};
