import type { t as english } from "@/language/en/features/admin/look";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // LookPanel
  nameLogoAndColours: "Name, Logo und Farben",
  loadingTheLook: "Das Aussehen wird geladen",
  everybodySeesThem: settings =>
    rich`Alle sehen sie auf allen Seiten und auf der Anmeldeseite; auch E-Mails haben den Namen. Was eine Einstellung der Registry (${settings}) sagt, gilt und kann hier nicht geändert werden.`,
  name: "Name",
  colourInLightPages: "Farbe in hellen Seiten",
  chooseTheColourInLightPages: "Farbe in hellen Seiten wählen",
  colourInDarkPages: "Farbe in dunklen Seiten",
  chooseTheColourInDarkPages: "Farbe in dunklen Seiten wählen",
  save: "Speichern",
  discard: "Verwerfen",
  backToDefault: "Auf Standard zurücksetzen",
  backToTheDefaultLook: "Auf das Standardaussehen zurücksetzen?",
  whatWasChosenIsRemoved:
    "Der Name, das Logo und die Farben, die hier gewählt wurden, werden entfernt. Einstellungen der Registry bleiben.",
  changedBy: (when, who) => rich`Geändert ${when} von ${who}`,
  setBy: setting => rich`Durch ${setting} festgelegt.`,
  forLinksAndButtons:
    "Für Links und Schaltflächen. Text darin muss einen Kontrast von mindestens 4,5:1 haben.",
  logo: "Logo",
  chooseAPicture: "Bild wählen …",
  chooseAnother: "Anderes wählen …",
  remove: "Entfernen",
  pictureOfTheLogo: "Bild des Logos",
  pngOrSvg: "PNG oder SVG von höchstens 64 KiB; es steht als Quadrat vor dem Namen.",
  isLargerThan: file => `${file} ist größer als 64 KiB.`,
  // LookPreview
  preview: "Vorschau",
  aPackage: "ein Paket",
  chosen: "gewählt",
  download: "Herunterladen",
};
