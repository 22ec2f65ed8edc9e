import { section } from "@/language/language";

export const t = section("lib/json", {
  // json
  theEnd: "the end",
  aNameInDoubleQuotes: "a name in double quotes",
  aTextIsNotClosed: "a text is not closed",
  aTextHasALineBreak: "a text has a line break, a control character or an unknown escape",
  itIsNestedDeeperThanMaxJsonDepth: (maxJsonDepth: number) =>
    `it is nested deeper than ${maxJsonDepth} levels`,
  aValue: "a value",
  wantedIsMissingAtTheEnd: (wanted: string) => `${wanted} is missing at the end`,
  foundStandsWhereWantedShould: (found: string, wanted: string) => `“${found}” stands where ${wanted} should`,
  // metadata
  thisIsNotJSONTextMessage: (text: string, message: string) => `This is not JSON (${text}): ${message}.`,
  metadataMustBeAJSONObject: "Metadata must be a JSON object: { … }.",
  lineBeforeColumnBefore2: (before: number, before2: number) => `line ${before}, column ${before2}`,
  pathTextIsTooLargeFor: (path: string, text: string) =>
    `${path}: ${text} is too large for a number. Write it as a text, in quotes.`,
  pathTheRegistryWouldKeepText: (path: string, text: string, kept: string) =>
    `${path}: the registry would keep ${text} as ${kept}. Write it as a text, in quotes.`,
  theNameInnerIsGivenTwice: (inner: string) =>
    `The name ${inner} is given twice. Remove or rename one of them.`,
});
