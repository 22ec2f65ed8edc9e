/** Schemas of a workflow configuration, as its YAML names them. */
import { isRecord } from "@/lib/json";

/** URLs by id; null where the text is no YAML. */
export async function schemaLinks(text: string): Promise<ReadonlyMap<string, string> | null> {
  const { load, YAMLException } = await import("js-yaml");
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    if (error instanceof YAMLException) return null;
    throw error;
  }
  const schemas = isRecord(document) && isRecord(document.schemas) ? document.schemas : {};
  return new Map(
    Object.entries(schemas).flatMap(([id, link]) =>
      isRecord(link) && typeof link.url === "string" ? [[id, link.url] as const] : [],
    ),
  );
}

/** The YAML with one schema more; what is written stays as it is. */
export function withSchema(text: string, id: string, url: string): string {
  const entry = (indent: string) => `${indent}${id}:\n${indent}${indent}url: ${url}\n`;
  const block = /^schemas:[ \t]*(?:#.*)?\n/m.exec(text);
  if (!block) return `${text.replace(/\n*$/, "\n")}schemas:\n${entry("  ")}`;
  const at = block.index + block[0].length;
  // As deep as the other schemas are.
  const indent = /^[ ]+(?=\S)/.exec(text.slice(at))?.[0] ?? "  ";
  return text.slice(0, at) + entry(indent) + text.slice(at);
}

export const SCHEMA_ID = /^[A-Za-z_-][A-Za-z0-9_-]*$/;

export const NEW_SCHEMA = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "required": ["title"],
  "properties": {
    "title": { "type": "string", "description": "What the data is." },
    "status": { "enum": ["draft", "reviewed"] }
  }
}
`;

export const NEW_CONFIG = `version: "1"
is_workflow_required: true
default_workflow: reviewed
workflows:
  reviewed:
    name: Reviewed data
    is_message_required: true
`;
