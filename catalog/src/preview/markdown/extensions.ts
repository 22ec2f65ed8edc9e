/** What only some documents need, fetched for those that do. */
import type { Options } from "react-markdown";

type Plugins = NonNullable<Options["rehypePlugins"]>;

export interface Extensions {
  /** HTML in Markdown, before it is sanitised. */
  html: Plugins;
  /** Formulas as MathML, which needs neither fonts nor inline styles. */
  mathSyntax: Plugins;
  math: Plugins;
  /** Colours of code. */
  code: Plugins;
}

type Name = "html" | "math" | "code";

const NEEDED: Record<Name, RegExp> = {
  html: /<[a-z!/]/i,
  math: /\$[^]*\$|^ *(?:```|~~~)+ *math/m,
  code: /^ *(?:```|~~~)+ *[a-z]/im,
};

const LOADERS: Record<Name, () => Promise<Partial<Extensions>>> = {
  html: async () => ({ html: [(await import("rehype-raw")).default] }),
  math: async () => {
    const [syntax, katex, dollars] = await Promise.all([
      import("remark-math"),
      import("rehype-katex"),
      import("./dollars"),
    ]);
    return {
      mathSyntax: [syntax.default, dollars.remarkDollars],
      math: [[katex.default, { output: "mathml" }]],
    };
  },
  code: async () => ({ code: [[(await import("rehype-highlight")).default, { plainText: ["mermaid"] }]] }),
};

const NONE: Extensions = { html: [], mathSyntax: [], math: [], code: [] };
const NAMES: readonly Name[] = ["html", "math", "code"];
const asked = new Map<string, Promise<Extensions>>();

/** The same promise for all documents with the same needs. What cannot be fetched is done without, until the next time. */
export function extensionsFor(source: string): Promise<Extensions> {
  const names = NAMES.filter(name => NEEDED[name].test(source));
  const key = names.join(" ");
  const known = asked.get(key);
  if (known) return known;
  const loading = Promise.all(names.map(name => LOADERS[name]())).then(
    loaded => ({ ...NONE, ...Object.assign({}, ...loaded) }) as Extensions,
    () => {
      asked.delete(key);
      return NONE;
    },
  );
  asked.set(key, loading);
  return loading;
}
