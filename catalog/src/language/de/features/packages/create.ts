import type { t as english } from "@/language/en/features/packages/create";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ChosenFiles
  keyPackage: "Schlüssel im Paket",
  size: "Größe",
  takeOut: "Herausnehmen",
  takeOut2: key => `${key} herausnehmen`,
  filesLogicalKeys: logicalKeys => counted(logicalKeys, "Datei", "Dateien"),
  files: "Dateien",
  addFilesFolders: max =>
    `Fügen Sie Dateien und Ordner aus einem Bucket hinzu, oder laden Sie welche hoch. Ein Paket nimmt höchstens ${max} auf einmal auf.`,
  nothingYet: "Noch nichts darin",
  filesNewPackage: "Dateien des neuen Pakets",
  // CreatePackagePage
  newPackage: "Neues Paket",
  packages: "Pakete",
  s3MadeFiles: bucket => `In s3://${bucket}, aus Dateien, die in S3 sind oder jetzt hochgeladen werden.`,
  filledBeforeKept: "Was Sie vorher ausgefüllt haben, ist hier erhalten.",
  beginAgain: "Von vorn beginnen",
  push: "Push",
  uploadingFirst: "Zuerst wird hochgeladen …",
  createPackage: "Das Paket erstellen",
  name: "Name",
  revisePackage: "überarbeiten Sie dieses Paket",
  packageExistsAlready: (name, reviseThat) =>
    rich`Ein Paket ${name} gibt es schon. Wählen Sie einen anderen Namen, oder ${reviseThat}.`,
  bucket: "dem Bucket",
  addAll: prefix => `Alles aus ${prefix} hinzufügen`,
  addBucket: "Aus einem Bucket hinzufügen …",
  uploadFilesName:
    "Um Dateien hochzuladen, benennen Sie zuerst das Paket: Sie werden im Ordner dieses Namens gespeichert.",
  fileCanUploaded: waiting => `${counted(waiting, "Datei kann", "Dateien können")} jetzt hochgeladen werden.`,
  fileWillUploaded: waiting =>
    `${counted(waiting, "Datei wird", "Dateien werden")} in den Ordner des Pakets hochgeladen: Benennen Sie zuerst das Paket.`,
  uploadFile: waiting => `${counted(waiting, "Datei", "Dateien")} hochladen`,
  dropAdd: name => `Ablegen, um sie in ${name} aufzunehmen`,
  dropAddNew: "Ablegen, um sie in das neue Paket aufzunehmen",
  createPackageWithout: "Ein Paket ohne Dateien erstellen?",
  willMetadataMessage: name =>
    `${name} hat dann nur Metadaten und eine Nachricht. Dateien können später als neue Revision dazukommen.`,
  createEmpty: "Leer erstellen",
};
