import { count } from "@/lib/format";
import { pointerLabel } from "@/lib/pointers";
import type { PickerOption } from "./PickerPopover";

/** Each place of metadata once, whatever types its values have, with the number of packages that have it (a date is a string, too). */
export function metadataOptions(
  fields: readonly { field: string; path: string; packages: number }[],
): PickerOption[] {
  const packages = new Map<string, number>();
  const paths = new Map(fields.map(({ field, path }) => [field, path]));
  for (const { field, packages: more } of fields)
    packages.set(field, Math.max(packages.get(field) ?? 0, more));
  return [...paths].map(([id, path]) => ({
    id,
    label: pointerLabel(path),
    note: count(packages.get(id) ?? 0),
  }));
}
