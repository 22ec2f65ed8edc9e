import { section } from "@/language/language";

export const t = section("preview/markdown", {
  // Diagram
  diagramCannotDrawn: (message: string) => `The diagram cannot be drawn: ${message}`,
  source: "Source",
  // Markdown
  done: "Done",
  do: "To do",
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
  takesTooLong: "it takes too long",
  diagramTitle: (title: string) => `Diagram: ${title}`,
  diagram: "Diagram",
  tooLong: "it is too long",
});
