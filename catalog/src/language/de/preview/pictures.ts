import type { t as english } from "@/language/en/preview/pictures";
import { counted } from "@/language/language";

export const t: typeof english = {
  // DocumentViewer
  showPages: "Seiten zeigen als",
  pictures: "Bilder",
  textOnly: "Nur Text",
  pagesTotal: total => counted(total, "Seite", "Seiten"),
  firstShown: pages => `, die ersten ${pages} werden gezeigt`,
  pagesName: name => `Seiten von ${name}`,
  pageNumber: number => `Seite ${number}`,
  notesPage: number => `Notizen zu Seite ${number}`,
  morePages: "Weitere Seiten",
  noText: "Kein Text.",
  cannotShown: description => `${description} kann nicht angezeigt werden.`,
  pageCannotShown: "Diese Seite kann nicht angezeigt werden.",
  // ImageViewer
  channels: "Kanäle",
  channelIndex: index => `Kanal ${index}`,
  previousPage: "Vorige Seite",
  page: "Seite",
  ofPages: pages => `von ${pages}`,
  nextPage: "Nächste Seite",
  loadingPicture: "Das Bild wird geladen",
  mayDamagedCould:
    "Vielleicht ist es beschädigt, oder es konnte nicht geladen werden. Sehen Sie sich seine Bytes an, oder laden Sie es herunter.",
  pictureCannotShown: "Das Bild kann nicht angezeigt werden",
  picturePlusMinus: name => `Bild ${name}; Plus und Minus zoomen, 0 passt ein`,
  bitsBits: bits => `${bits} Bit`,
  channelsChannels: channels => counted(channels, "Kanal", "Kanäle"),
  pagesPages: pages => counted(pages, "Seite", "Seiten"),
  zoomOut: "Verkleinern",
  zoom: "Vergrößern",
  fit: "Einpassen",
  // MediaViewer
  unpackArchivePlay: "Entpacken Sie das Archiv, um seinen Inhalt abzuspielen.",
  loadingPlayer: "Das Abspielgerät wird geladen",
  mayDamagedFormat: mediaType =>
    `Vielleicht ist sie beschädigt, oder ihr Format (${mediaType}) ist hier unbekannt. Laden Sie sie herunter, um sie anderswo abzuspielen.`,
  browserCannotPlay: "Dieser Browser kann die Datei nicht abspielen",
};
