import { counted, section } from "@/language/language";

export const t = section("features/packages/goto", {
  // GoToFile
  goFile: "Go to file",
  goFileT: "Go to file (t)",
  lookFurther: "Look further",
  tryAgain: "Try again",
  noFileFound: "No file found",
  fileFounds: (total: number) => counted(total, "file found", "files found"),
  filesKnown: (known: number) => counted(known, "file"),
  lookedKnownAll: (known: string, all: string) => ` · looked at ${known} of ${all}…`,
  lookedTypeFolder: (known: string, all: string) =>
    ` · looked at ${known} of ${all}; type a folder to look there first`,
});
