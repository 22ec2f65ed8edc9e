/** Fills metadata from a spreadsheet, whose reader is loaded when there is one. */
import { useMutation } from "@tanstack/react-query";
import { t } from "@/language/en/features/packages/metadata";
import { RequestError } from "@/lib/errors";
import { type JsonObject, membersOf } from "@/lib/json";
import { SpreadsheetError } from "@/lib/spreadsheets/cells";
import { type Filling, fillingOf } from "./filling";
import type { SchemaForm } from "./useSchema";

export interface EntriesToFill {
  /** What the metadata of files should be. */
  form: SchemaForm["form"];
  /** Resolves to the logical keys that the package does not have. */
  fill: (entries: Filling["entries"]) => Promise<readonly string[]>;
}

export function useFilling(
  form: SchemaForm["form"],
  entries: EntriesToFill | undefined,
  fill: (metadata: JsonObject) => void,
) {
  return useMutation({
    mutationFn: async (file: File) => {
      const filling = fillingOf(await rowsOf(file), form, entries ? entries.form : undefined);
      if (filling.entries.size > 0 && entries) {
        const unknown = await entries.fill(filling.entries);
        return {
          metadata: null,
          said: t.metadataFile(file.name, filling.entries.size - unknown.length),
          misfits: [...unknown.map(key => t.notPackage(key)), ...filling.misfits],
        };
      }
      const fields = filling.metadata ? membersOf(filling.metadata).length : 0;
      return {
        metadata: filling.metadata,
        said: t.fieldFilled(file.name, fields),
        misfits: filling.misfits,
      };
    },
    // What was typed while the file was read stays.
    onSuccess: ({ metadata }) => metadata && fill(metadata),
  });
}

async function rowsOf(file: File) {
  const { readSpreadsheet } = await import("@/lib/spreadsheets/read");
  try {
    return (await readSpreadsheet(file)).rows;
  } catch (error) {
    if (error instanceof SpreadsheetError)
      throw new RequestError({ status: 0, trouble: "refused", message: error.message });
    throw error;
  }
}
