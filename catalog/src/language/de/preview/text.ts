import type { t as english } from "@/language/en/preview/text";
import { counted } from "@/language/language";

export const t: typeof english = {
  // HexViewer
  loadingTheBytes: "Die Bytes werden geladen",
  bytesOfSize: (bytes, size) => `${bytes} von ${size}`,
  more: "Mehr",
  bytesOfName: name => `Bytes von ${name}`,
  // JsonFile
  readingTheFile: "Die Datei wird gelesen",
  // JsonViewer
  theFileHasSizeItsTree: size =>
    `Die Datei hat ${size}. Ihr Baum kann gezeigt werden, wenn sie ganz geladen ist.`,
  onlyTheBeginningIsShownThe: "Nur der Anfang wird gezeigt: Der Baum braucht die ganze Datei.",
  loadSize: size => `${size} laden`,
  thisIsNotValidJSONMistake: mistake => `Das ist kein gültiges JSON: ${mistake}.`,
  // LargeJsonTree
  loadingSize: size => `${size} werden geladen`,
  thisIsNotValidJSONIn: (line, mistake) => `Das ist kein gültiges JSON: in Zeile ${line}, ${mistake}.`,
  rows: tree => counted(tree, "Zeile", "Zeilen"),
  copyPath: "Pfad kopieren",
  copyValue: "Wert kopieren",
  // NotebookViewer
  inExecutionCount: executionCount => `In [${executionCount}]`,
  cellNumber: number => `Zelle ${number}`,
  outExecutionCount: executionCount => `Out [${executionCount}]`,
  outputIndexOfCellNumber: (index, number) => `Ausgabe ${index} der Zelle ${number}`,
  theOutputIsLongerThanWhat: "Die Ausgabe ist länger, als hier gezeigt wird.",
  rendering: "Wird dargestellt",
  aPicture: "Ein Bild",
  // StoredText
  loadingTheFile: "Die Datei wird geladen",
  thisFileIsNotText: "Diese Datei ist kein Text",
  theFirstMaxBytesOfSizeAre: (maxBytes, size) => `Die ersten ${maxBytes} von ${size} werden gezeigt.`,
  // TextViewer
  findInTheText: "Im Text suchen",
  atOfLines: (at, found) => `${at} von ${counted(found, "Zeile", "Zeilen")}`,
  notFound: "Nicht gefunden",
  previousLineThatHasIt: "Vorige Zeile damit",
  nextLineThatHasIt: "Nächste Zeile damit",
  wrapLongLines: "Lange Zeilen umbrechen",
  copy: "Kopieren",
  textOfName: name => `Text von ${name}`,
};
