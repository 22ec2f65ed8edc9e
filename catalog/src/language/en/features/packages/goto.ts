import { counted, section } from "@/language/language";

export const t = section("features/packages/goto", {
  // GoToFile
  goToFile: "Go to file",
  goToFileT: "Go to file (t)",
  lookFurther: "Look further",
  tryAgain: "Try again",
  noFileFound: "No file found",
  filesFound: (total: number) => counted(total, "file found", "files found"),
  files: (known: number) => counted(known, "file"),
  lookedAtKnownOfAll: (known: string, all: string) => ` · looked at ${known} of ${all}…`,
  lookedAtKnownOfAllType: (known: string, all: string) =>
    ` · looked at ${known} of ${all}; type a folder to look there first`,
});
