import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/admin/look", {
  // LookPanel
  nameLogoAndColours: "Name, logo and colours",
  loadingTheLook: "Loading the look",
  everybodySeesThem: (settings: ReactNode) =>
    rich`Everybody sees them on all pages and on the sign-in page; mails have the name, too. What a setting of the registry (${settings}) says wins and cannot be changed here.`,
  name: "Name",
  colourInLightPages: "Colour in light pages",
  chooseTheColourInLightPages: "Choose the colour in light pages",
  colourInDarkPages: "Colour in dark pages",
  chooseTheColourInDarkPages: "Choose the colour in dark pages",
  save: "Save",
  discard: "Discard",
  backToDefault: "Back to default",
  backToTheDefaultLook: "Back to the default look?",
  whatWasChosenIsRemoved:
    "The name, logo and colours that were chosen here are removed. Settings of the registry stay.",
  changedBy: (when: ReactNode, who: string) => rich`Changed ${when} by ${who}`,
  setBy: (setting: ReactNode) => rich`Set by ${setting}.`,
  forLinksAndButtons: "For links and buttons. Text in it must have a contrast of 4.5:1 at least.",
  logo: "Logo",
  chooseAPicture: "Choose a picture…",
  chooseAnother: "Choose another…",
  remove: "Remove",
  pictureOfTheLogo: "Picture of the logo",
  pngOrSvg: "PNG or SVG of at most 64 KiB, shown as a square before the name.",
  isLargerThan: (file: string) => `${file} is larger than 64 KiB.`,
  // LookPreview
  preview: "Preview",
  aPackage: "a package",
  chosen: "chosen",
  download: "Download",
});
