import { section } from "@/language/language";

export const t = section("preview/markdown", {
  // Diagram
  theDiagramCannotBeDrawnMessage: (message: string) => `The diagram cannot be drawn: ${message}`,
  source: "Source",
  // Markdown
  done: "Done",
  toDo: "To do",
  table: "Table",
  frontMatter: "Front matter",
  image: "Image",
  // MarkdownViewer
  rendering: "Rendering",
  // alerts
  note: "Note",
  tip: "Tip",
  important: "Important",
  warning: "Warning",
  caution: "Caution",
  // diagrams
  diagrams: "Diagrams",
  itTakesTooLong: "it takes too long",
  diagramTitle: (title: string) => `Diagram: ${title}`,
  diagram: "Diagram",
  // diagrams
  itIsTooLong: "it is too long",
});
