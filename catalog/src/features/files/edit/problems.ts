/** What is wrong with a text by the rules of its language. */
import { t } from "@/language/en/features/files/edit";
import { JsonError, parseJson } from "@/lib/json";
import type { TextLanguage } from "./editable";

export interface TextProblem {
  message: string;
  /** In characters from the start; null where it is not known. */
  offset: number | null;
}

export async function problemOf(text: string, language: TextLanguage): Promise<TextProblem | null> {
  if (language === "json") return jsonProblem(text);
  if (language === "yaml") return yamlProblem(text);
  return null;
}

export function placed({ message, offset }: TextProblem, text: string): string {
  if (offset === null) return message;
  const before = text.slice(0, offset).split("\n");
  return t.lineColumn(before.length, (before.at(-1)?.length ?? 0) + 1, message);
}

function jsonProblem(text: string): TextProblem | null {
  if (text.trim() === "") return null;
  try {
    parseJson(text);
    return null;
  } catch (error) {
    if (error instanceof JsonError) return { message: error.message, offset: error.position };
    throw error;
  }
}

async function yamlProblem(text: string): Promise<TextProblem | null> {
  const { loadAll, YAMLException } = await import("js-yaml");
  try {
    loadAll(text);
    return null;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { position } = (error.mark as { position?: number } | undefined) ?? {};
    return { message: error.reason, offset: position ?? null };
  }
}
