import { section } from "@/language/language";

export const t = section("lib/json", {
  // json
  end: "the end",
  nameDoubleQuotes: "a name in double quotes",
  textNotClosed: "a text is not closed",
  textLineBreak: "a text has a line break, a control character or an unknown escape",
  nestedDeeperThan: (maxJsonDepth: number) => `it is nested deeper than ${maxJsonDepth} levels`,
  value: "a value",
  missingEnd: (wanted: string) => `${wanted} is missing at the end`,
  standsWhereShould: (found: string, wanted: string) => `“${found}” stands where ${wanted} should`,
  // metadata
  notJson: (text: string, message: string) => `This is not JSON (${text}): ${message}.`,
  metadataMustJson: "Metadata must be a JSON object: { … }.",
  lineColumn: (before: number, before2: number) => `line ${before}, column ${before2}`,
  tooLargeNumber: (path: string, text: string) =>
    `${path}: ${text} is too large for a number. Write it as a text, in quotes.`,
  registryWouldKeep: (path: string, text: string, kept: string) =>
    `${path}: the registry would keep ${text} as ${kept}. Write it as a text, in quotes.`,
  nameGivenTwice: (inner: string) => `The name ${inner} is given twice. Remove or rename one of them.`,
});
