import type { t as english } from "@/language/en/preview/text";
import { counted } from "@/language/language";

export const t: typeof english = {
  // HexViewer
  loadingBytes: "Die Bytes werden geladen",
  ofBytesSize: (bytes, size) => `${bytes} von ${size}`,
  more: "Mehr",
  bytesName: name => `Bytes von ${name}`,
  // JsonFile
  readingFile: "Die Datei wird gelesen",
  // JsonViewer
  fileTreeCan: size => `Die Datei hat ${size}. Ihr Baum kann gezeigt werden, wenn sie ganz geladen ist.`,
  onlyBeginningShown: "Nur der Anfang wird gezeigt: Der Baum braucht die ganze Datei.",
  loadSize: size => `${size} laden`,
  notValidJson: mistake => `Das ist kein gültiges JSON: ${mistake}.`,
  // LargeJsonTree
  loadingSize: size => `${size} werden geladen`,
  notValidJsonLine: (line, mistake) => `Das ist kein gültiges JSON: in Zeile ${line}, ${mistake}.`,
  rowsTree: tree => counted(tree, "Zeile", "Zeilen"),
  copyPath: "Pfad kopieren",
  copyValue: "Wert kopieren",
  // NotebookViewer
  inExecutionCount: executionCount => `In [${executionCount}]`,
  cellNumber: number => `Zelle ${number}`,
  outExecutionCount: executionCount => `Out [${executionCount}]`,
  outputCell: (index, number) => `Ausgabe ${index} der Zelle ${number}`,
  outputLongerThan: "Die Ausgabe ist länger, als hier gezeigt wird.",
  rendering: "Wird dargestellt",
  picture: "Ein Bild",
  // StoredText
  loadingFile: "Die Datei wird geladen",
  fileNotText: "Diese Datei ist kein Text",
  firstShown: (maxBytes, size) => `Die ersten ${maxBytes} von ${size} werden gezeigt.`,
  // TextViewer
  findText: "Im Text suchen",
  lineAtFound: (at, found) => `${at} von ${counted(found, "Zeile", "Zeilen")}`,
  notFound: "Nicht gefunden",
  previousLine: "Vorige Zeile damit",
  nextLine: "Nächste Zeile damit",
  wrapLongLines: "Lange Zeilen umbrechen",
  copy: "Kopieren",
  textName: name => `Text von ${name}`,
};
