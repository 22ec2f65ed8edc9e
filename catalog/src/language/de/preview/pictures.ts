import type { t as english } from "@/language/en/preview/pictures";
import { counted } from "@/language/language";

export const t: typeof english = {
  // DocumentViewer
  showPagesAs: "Seiten zeigen als",
  pictures: "Bilder",
  textOnly: "Nur Text",
  pages: total => counted(total, "Seite", "Seiten"),
  theFirstPagesAreShown: pages => `, die ersten ${pages} werden gezeigt`,
  pagesOfName: name => `Seiten von ${name}`,
  pageNumber: number => `Seite ${number}`,
  notesToPageNumber: number => `Notizen zu Seite ${number}`,
  morePages: "Weitere Seiten",
  noText: "Kein Text.",
  descriptionCannotBeShown: description => `${description} kann nicht angezeigt werden.`,
  thisPageCannotBeShown: "Diese Seite kann nicht angezeigt werden.",
  // Gallery
  noPicturesHere: "Keine Bilder hier",
  picturesShown: visible => `${counted(visible, "Bild", "Bilder")} gezeigt`,
  noThumbnail: "Kein Vorschaubild",
  // ImageViewer
  channels: "Kanäle",
  channelIndex: index => `Kanal ${index}`,
  previousPage: "Vorige Seite",
  page: "Seite",
  ofPages: pages => `von ${pages}`,
  nextPage: "Nächste Seite",
  loadingThePicture: "Das Bild wird geladen",
  itMayBeDamagedOrIt:
    "Vielleicht ist es beschädigt, oder es konnte nicht geladen werden. Sehen Sie sich seine Bytes an, oder laden Sie es herunter.",
  thePictureCannotBeShown: "Das Bild kann nicht angezeigt werden",
  pictureNamePlusAndMinusZoom: name => `Bild ${name}; Plus und Minus zoomen, 0 passt ein`,
  bitsBits: bits => `${bits} Bit`,
  channels2: channels => counted(channels, "Kanal", "Kanäle"),
  pages2: pages => counted(pages, "Seite", "Seiten"),
  zoomOut: "Verkleinern",
  zoomIn: "Vergrößern",
  fit: "Einpassen",
  // MediaViewer
  unpackTheArchiveToPlayWhat: "Entpacken Sie das Archiv, um seinen Inhalt abzuspielen.",
  loadingThePlayer: "Das Abspielgerät wird geladen",
  itMayBeDamagedOrIts: mediaType =>
    `Vielleicht ist sie beschädigt, oder ihr Format (${mediaType}) ist hier unbekannt. Laden Sie sie herunter, um sie anderswo abzuspielen.`,
  thisBrowserCannotPlayTheFile: "Dieser Browser kann die Datei nicht abspielen",
  // useGallerySwitch
  showTheFolderAs: "Den Ordner zeigen als",
  list: "Liste",
  gallery: "Galerie",
};
