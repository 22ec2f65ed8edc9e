import { counted, section } from "@/language/language";

export const t = section("preview/pictures", {
  // DocumentViewer
  showPagesAs: "Show pages as",
  pictures: "Pictures",
  textOnly: "Text only",
  pages: (total: number) => counted(total, "page"),
  theFirstPagesAreShown: (pages: number) => `, the first ${pages} are shown`,
  pagesOfName: (name: string) => `Pages of ${name}`,
  pageNumber: (number: number) => `Page ${number}`,
  notesToPageNumber: (number: number) => `Notes to page ${number}`,
  morePages: "More pages",
  noText: "No text.",
  descriptionCannotBeShown: (description: string) => `${description} cannot be shown.`,
  thisPageCannotBeShown: "This page cannot be shown.",
  // Gallery
  noPicturesHere: "No pictures here",
  picturesShown: (visible: number) => `${counted(visible, "picture")} shown`,
  noThumbnail: "No thumbnail",
  // ImageViewer
  channels: "Channels",
  channelIndex: (index: number) => `Channel ${index}`,
  previousPage: "Previous page",
  page: "Page",
  ofPages: (pages: string) => `of ${pages}`,
  nextPage: "Next page",
  loadingThePicture: "Loading the picture",
  itMayBeDamagedOrIt: "It may be damaged, or it could not be loaded. Look at its bytes, or download it.",
  thePictureCannotBeShown: "The picture cannot be shown",
  pictureNamePlusAndMinusZoom: (name: string) => `Picture ${name}; plus and minus zoom, 0 fits`,
  bitsBits: (bits: number) => `${bits} bits`,
  channels2: (channels: number) => counted(channels, "channel"),
  pages2: (pages: number) => counted(pages, "page"),
  zoomOut: "Zoom out",
  zoomIn: "Zoom in",
  fit: "Fit",
  // MediaViewer
  unpackTheArchiveToPlayWhat: "Unpack the archive to play what is in it.",
  loadingThePlayer: "Loading the player",
  itMayBeDamagedOrIts: (mediaType: string) =>
    `It may be damaged, or its format (${mediaType}) may be unknown here. Download it to play it elsewhere.`,
  thisBrowserCannotPlayTheFile: "This browser cannot play the file",
  // useGallerySwitch
  showTheFolderAs: "Show the folder as",
  list: "List",
  gallery: "Gallery",
});
