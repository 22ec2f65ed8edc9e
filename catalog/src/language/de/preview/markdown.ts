import type { t as english } from "@/language/en/preview/markdown";

export const t: typeof english = {
  // Diagram
  diagramCannotDrawn: message => `Das Diagramm kann nicht gezeichnet werden: ${message}`,
  source: "Quelltext",
  // Markdown
  done: "Erledigt",
  do: "Zu erledigen",
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
  takesTooLong: "es dauert zu lange",
  diagramTitle: title => `Diagramm: ${title}`,
  diagram: "Diagramm",
  tooLong: "es ist zu lang",
};
