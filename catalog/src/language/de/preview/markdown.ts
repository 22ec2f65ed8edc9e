import type { t as english } from "@/language/en/preview/markdown";

export const t: typeof english = {
  // Diagram
  theDiagramCannotBeDrawnMessage: message => `Das Diagramm kann nicht gezeichnet werden: ${message}`,
  source: "Quelltext",
  // Markdown
  done: "Erledigt",
  toDo: "Zu erledigen",
  table: "Tabelle",
  frontMatter: "Kopfdaten",
  image: "Bild",
  // MarkdownViewer
  rendering: "Wird dargestellt",
  // alerts
  note: "Hinweis",
  tip: "Tipp",
  important: "Wichtig",
  warning: "Warnung",
  caution: "Vorsicht",
  // diagrams
  diagrams: "Diagramme",
  itTakesTooLong: "es dauert zu lange",
  diagramTitle: title => `Diagramm: ${title}`,
  diagram: "Diagramm",
  // diagrams
  itIsTooLong: "es ist zu lang",
};
