import { counted, section } from "@/language/language";

export const t = section("preview/gallery", {
  // Gallery
  pictures: "Pictures",
  noPictures: "No pictures here",
  pictureShown: (visible: number) => `${counted(visible, "picture")} shown`,
  noThumbnail: "No thumbnail",
  // useGallerySwitch
  showFolder: "Show the folder as",
  list: "List",
  gallery: "Gallery",
});
