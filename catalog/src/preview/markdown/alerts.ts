/** GitHub's alerts: quotations that begin with `[!NOTE]`. */
import type { Element, ElementContent, Root } from "hast";
import { visit } from "unist-util-visit";
import { t } from "@/language/en/preview/markdown";

const titles = (): Record<string, string> => ({
  note: t.note,
  tip: t.tip,
  important: t.important,
  warning: t.warning,
  caution: t.caution,
});
const MARKER = /^\[!([a-z]+)\][ \t]*(?:\r?\n|$)/i;

export function rehypeAlerts() {
  return (tree: Root) =>
    visit(tree, "element", node => {
      if (node.tagName !== "blockquote") return;
      const first = node.children.find(child => child.type === "element");
      const text = first?.children[0];
      if (first?.tagName !== "p" || text?.type !== "text") return;
      const marker = MARKER.exec(text.value);
      const kind = marker?.[1]?.toLowerCase() ?? "";
      const title = titles()[kind];
      if (!marker || title === undefined) return;
      text.value = text.value.slice(marker[0].length);
      if (text.value === "" && first.children.length === 1)
        node.children = node.children.filter(child => child !== first);
      node.properties.dataAlert = kind;
      node.children.unshift(titleOf(title));
    });
}

function titleOf(title: string): Element {
  const text: ElementContent = { type: "text", value: title };
  return { type: "element", tagName: "p", properties: { dataAlertTitle: "" }, children: [text] };
}
