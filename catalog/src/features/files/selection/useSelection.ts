import { useRef, useState } from "react";

/** Rows that are chosen together: one by one, or all between two with the shift key. `ids`: the rows in their order. */
export function useSelection(ids: readonly string[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const toggle = (id: string, isRange = false) => {
    const next = new Set(chosen);
    const from = anchor.current === null ? -1 : ids.indexOf(anchor.current);
    const to = ids.indexOf(id);
    if (isRange && from >= 0 && to >= 0) {
      const between = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
      for (const each of between)
        if (chosen.has(id)) next.delete(each);
        else next.add(each);
    } else if (!next.delete(id)) next.add(id);
    anchor.current = id;
    setChosen(next);
  };
  return {
    chosen,
    toggle,
    /** Also the row `by` rows further, whose id it returns. */
    extend: (id: string, by: 1 | -1): string | null => {
      const to = ids[ids.indexOf(id) + by];
      if (to === undefined) return null;
      anchor.current = to;
      setChosen(new Set([...chosen, id, to]));
      return to;
    },
    chooseAll: () => setChosen(new Set(ids)),
    clear: () => {
      anchor.current = null;
      setChosen(new Set());
    },
  };
}

export type Selection = ReturnType<typeof useSelection>;
