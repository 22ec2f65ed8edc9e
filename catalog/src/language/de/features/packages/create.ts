import type { t as english } from "@/language/en/features/packages/create";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ChosenFiles
  keyInThePackage: "Schlüssel im Paket",
  size: "Größe",
  takeOut: "Herausnehmen",
  takeOutKey: key => `${key} herausnehmen`,
  files: logicalKeys => counted(logicalKeys, "Datei", "Dateien"),
  files2: "Dateien",
  addFilesAndFoldersFromA: max =>
    `Fügen Sie Dateien und Ordner aus einem Bucket hinzu, oder laden Sie welche hoch. Ein Paket nimmt höchstens ${max} auf einmal auf.`,
  nothingInItYet: "Noch nichts darin",
  filesOfTheNewPackage: "Dateien des neuen Pakets",
  // CreatePackagePage
  newPackage: "Neues Paket",
  packages: "Pakete",
  inS3BucketMadeOfFiles: bucket =>
    `In s3://${bucket}, aus Dateien, die in S3 sind oder jetzt hochgeladen werden.`,
  whatYouFilledInBeforeIs: "Was Sie vorher ausgefüllt haben, ist hier erhalten.",
  beginAgain: "Von vorn beginnen",
  push: "Push",
  uploadingFirst: "Zuerst wird hochgeladen …",
  createThePackage: "Das Paket erstellen",
  name: "Name",
  reviseThatPackage: "überarbeiten Sie dieses Paket",
  aPackageNameExistsAlreadyChoose: (name, reviseThat) =>
    rich`Ein Paket ${name} gibt es schon. Wählen Sie einen anderen Namen, oder ${reviseThat}.`,
  theBucket: "dem Bucket",
  addAllOfPrefix: prefix => `Alles aus ${prefix} hinzufügen`,
  addFromABucket: "Aus einem Bucket hinzufügen …",
  toUploadFilesNameThePackage:
    "Um Dateien hochzuladen, benennen Sie zuerst das Paket: Sie werden im Ordner dieses Namens gespeichert.",
  filesCanBeUploadedNow: waiting =>
    `${counted(waiting, "Datei kann", "Dateien können")} jetzt hochgeladen werden.`,
  filesWillBeUploadedIntoThe: waiting =>
    `${counted(waiting, "Datei wird", "Dateien werden")} in den Ordner des Pakets hochgeladen: Benennen Sie zuerst das Paket.`,
  uploadFiles: waiting => `${counted(waiting, "Datei", "Dateien")} hochladen`,
  dropToAddToName: name => `Ablegen, um sie in ${name} aufzunehmen`,
  dropToAddToTheNew: "Ablegen, um sie in das neue Paket aufzunehmen",
  createAPackageWithoutFiles: "Ein Paket ohne Dateien erstellen?",
  nameWillHaveMetadataAndA: name =>
    `${name} hat dann nur Metadaten und eine Nachricht. Dateien können später als neue Revision dazukommen.`,
  createItEmpty: "Leer erstellen",
};
