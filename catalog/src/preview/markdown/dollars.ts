/** `$` as an amount of money: what remark-math takes for a formula between two amounts stays text. */
import type { Root } from "mdast";
import type {} from "remark-math";
import { visit } from "unist-util-visit";

export function remarkDollars() {
  return (tree: Root, file: { toString: () => string }) => {
    const source = file.toString();
    visit(tree, "inlineMath", (node, index, parent) => {
      const start = node.position?.start.offset;
      const end = node.position?.end.offset;
      if (start === undefined || end === undefined || index === undefined || !parent) return;
      const written = source.slice(start, end);
      if (written.startsWith("$$")) return;
      const isFormula = !/^\$\s|\s\$$/.test(written) && !/\d/.test(source[end] ?? "");
      if (!isFormula) parent.children[index] = { type: "text", value: written };
    });
  };
}
