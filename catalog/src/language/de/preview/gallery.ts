import type { t as english } from "@/language/en/preview/gallery";
import { counted } from "@/language/language";

export const t: typeof english = {
  // Gallery
  pictures: "Bilder",
  noPictures: "Keine Bilder hier",
  pictureShown: visible => `${counted(visible, "Bild", "Bilder")} gezeigt`,
  noThumbnail: "Kein Vorschaubild",
  // useGallerySwitch
  showFolder: "Den Ordner zeigen als",
  list: "Liste",
  gallery: "Galerie",
};
