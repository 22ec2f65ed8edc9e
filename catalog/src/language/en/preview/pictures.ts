import { counted, section } from "@/language/language";

export const t = section("preview/pictures", {
  // DocumentViewer
  showPages: "Show pages as",
  pictures: "Pictures",
  textOnly: "Text only",
  pagesTotal: (total: number) => counted(total, "page"),
  firstShown: (pages: number) => `, the first ${pages} are shown`,
  pagesName: (name: string) => `Pages of ${name}`,
  pageNumber: (number: number) => `Page ${number}`,
  notesPage: (number: number) => `Notes to page ${number}`,
  morePages: "More pages",
  noText: "No text.",
  cannotShown: (description: string) => `${description} cannot be shown.`,
  pageCannotShown: "This page cannot be shown.",
  // ImageViewer
  channels: "Channels",
  channelIndex: (index: number) => `Channel ${index}`,
  previousPage: "Previous page",
  page: "Page",
  ofPages: (pages: string) => `of ${pages}`,
  nextPage: "Next page",
  loadingPicture: "Loading the picture",
  mayDamagedCould: "It may be damaged, or it could not be loaded. Look at its bytes, or download it.",
  pictureCannotShown: "The picture cannot be shown",
  picturePlusMinus: (name: string) => `Picture ${name}; plus and minus zoom, 0 fits`,
  bitsBits: (bits: number) => `${bits} bits`,
  channelsChannels: (channels: number) => counted(channels, "channel"),
  pagesPages: (pages: number) => counted(pages, "page"),
  zoomOut: "Zoom out",
  zoom: "Zoom in",
  fit: "Fit",
  // MediaViewer
  unpackArchivePlay: "Unpack the archive to play what is in it.",
  loadingPlayer: "Loading the player",
  mayDamagedFormat: (mediaType: string) =>
    `It may be damaged, or its format (${mediaType}) may be unknown here. Download it to play it elsewhere.`,
  browserCannotPlay: "This browser cannot play the file",
});
