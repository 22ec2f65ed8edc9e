/** Texts stand in the language files, and all languages have the same ones. */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

/** Code and commands that the catalog writes for people. */
const WRITERS = new Set(["lib/queryCode.ts", "lib/snippets.ts"]);

const root = new URL("../", import.meta.url);

interface Source {
  path: string;
  file: ts.SourceFile;
}

const sources: Source[] = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map(path => path.replaceAll("\\", "/"))
  .filter(path => /(?<!\.test|\.d)\.tsx?$/.test(path) && !/^(api\/types\.ts|testing\/)/.test(path))
  .map(path => {
    const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const text = readFileSync(new URL(path, root), "utf8");
    return { path, file: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, kind) };
  });
const components = sources.filter(({ path }) => !path.startsWith("language/") && !WRITERS.has(path));

/** Calls `visit` for a node and everything in it, until it returns false. */
function walk(node: ts.Node, visit: (node: ts.Node) => boolean): void {
  if (visit(node)) ts.forEachChild(node, child => walk(child, visit));
}

const placeOf = ({ path, file }: Source, node: ts.Node) =>
  `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;

/** What is code in every language. */
const CODE_ELEMENTS = new Set(["code", "kbd", "pre", "samp", "style"]);
/** Attributes and properties that people read. */
const READ = new Set([
  ...["about", "advice", "alt", "aria-label", "cancel", "empty", "heading", "help", "label", "loading"],
  ...["message", "placeholder", "question", "refusal", "submit", "title", "titleHelp"],
]);
/** Attributes with tuples, and the place of the text in each of them. */
const TUPLES: Readonly<Record<string, number>> = { facts: 0, options: 1 };
/** What every language has, and values of attributes. */
const NAMES = new Set(["ETag", "Patchwork", "Vega-Lite", "lazy"]);

function elementOf(node: ts.Node): string {
  const parent = node.parent;
  return ts.isJsxElement(parent) ? parent.openingElement.tagName.getText() : "";
}

/** The attribute in whose value a node is. */
function attributeOf(node: ts.Node): string {
  for (let each = node.parent; !ts.isFunctionLike(each) && !ts.isSourceFile(each); each = each.parent)
    if (ts.isJsxAttribute(each)) return each.name.getText();
  return "";
}

const isString = (node: ts.Node): node is ts.StringLiteralLike | ts.TemplateExpression =>
  ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** The literals that an expression may be, with those of its branches. */
function literalsOf(node: ts.Expression): (ts.StringLiteralLike | ts.TemplateExpression)[] {
  if (isString(node)) return [node];
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(literalsOf);
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return literalsOf(node.right);
    const joins = [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.PlusToken];
    if (joins.includes(kind)) return [node.left, node.right].flatMap(literalsOf);
  }
  return [];
}

const wordsOf = (node: ts.StringLiteralLike | ts.TemplateExpression): string =>
  ts.isTemplateExpression(node)
    ? [node.head, ...node.templateSpans.map(({ literal }) => literal)]
        .map(({ text }) => text)
        .join("")
        .trim()
    : node.text.trim();

/** Whether a text is for people: addresses, keys and the like are not. */
const isReadable = (text: string) =>
  /\p{Ll}/u.test(text) && !NAMES.has(text) && !/^\S*[{}=<>$\\/_.]\S*$|^\d+ [KMG]iB$/.test(text);

function visibleTexts(source: Source): string[] {
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => found.push(`${placeOf(source, node)} ${text.trim()}`);
  const check = (node: ts.Expression) => {
    for (const literal of literalsOf(node))
      if (isReadable(wordsOf(literal))) note(literal, literal.getText(source.file));
  };
  walk(source.file, node => {
    if (ts.isJsxElement(node) && CODE_ELEMENTS.has(node.openingElement.tagName.getText())) return false;
    if (ts.isJsxText(node) && isReadable(node.text.trim())) note(node, node.text);
    else if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      if (elementOf(node) !== "title") check(node.expression);
    } else if (ts.isJsxAttribute(node) && node.initializer && READ.has(node.name.getText())) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (value && ts.isExpression(value)) check(value);
    } else if (ts.isArrayLiteralExpression(node)) {
      const text = node.elements[TUPLES[attributeOf(node)] ?? -1];
      if (text && node.elements.length === 2) check(text);
    } else if (ts.isPropertyAssignment(node) && READ.has(node.name.getText())) check(node.initializer);
    return true;
  });
  return found;
}

test("components have their texts from the language files", () => {
  expect(components.length).toBeGreaterThan(300);
  expect(components.flatMap(visibleTexts)).toEqual([]);
});

const importsTexts = ({ file }: Source) =>
  file.statements.some(
    each => ts.isImportDeclaration(each) && each.moduleSpecifier.getText(file).includes("@/language/en/"),
  );

const isTextRead = (node: ts.Node) =>
  (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === "t";

function readsTexts(node: ts.Node): boolean {
  let found = false;
  walk(node, each => {
    found ||= isTextRead(each);
    return !found;
  });
  return found;
}

/** Names of a module's functions that read texts. */
function textFunctions({ file }: Source): string[] {
  const declared = file.statements.flatMap<ts.FunctionDeclaration | ts.VariableDeclaration>(each => {
    if (ts.isFunctionDeclaration(each)) return [each];
    return ts.isVariableStatement(each) ? [...each.declarationList.declarations] : [];
  });
  return declared.filter(readsTexts).map(each => each.name?.getText(file) ?? "");
}

test("texts are read when they are shown, in the language that is then the page's", () => {
  const functions = new Set(components.filter(importsTexts).flatMap(textFunctions));
  expect(functions.size).toBeGreaterThan(300);
  const early = components.flatMap(source => {
    const hasTexts = importsTexts(source);
    const found: string[] = [];
    walk(source.file, node => {
      if (ts.isFunctionLike(node)) return false;
      const isCall =
        ts.isCallExpression(node) && ts.isIdentifier(node.expression) && functions.has(node.expression.text);
      if (isCall || (hasTexts && isTextRead(node)))
        found.push(`${placeOf(source, node)} ${node.getText(source.file)}`);
      return true;
    });
    return found;
  });
  expect(early).toEqual([]);
});

/** The texts of a language file by key, each as the names of its parameters, with those that it leaves out. */
function shapesOf({ file }: Source): Record<string, string> {
  const shapes: Record<string, string> = {};
  walk(file, node => {
    if (!ts.isPropertyAssignment(node)) return true;
    const { initializer } = node;
    if (ts.isArrowFunction(initializer)) {
      const names = initializer.parameters.map(({ name }) => name.getText(file));
      const used = new Set<string>();
      walk(initializer.body, inner => {
        if (ts.isIdentifier(inner)) used.add(inner.text);
        return true;
      });
      const unused = names.filter(name => !used.has(name));
      shapes[node.name.getText(file)] =
        `(${names.join(", ")})${unused.map(name => ` without ${name}`).join("")}`;
    } else shapes[node.name.getText(file)] = "text";
    return false;
  });
  return shapes;
}

test("English and German have the same texts with the same parameters", () => {
  const filesOf = (language: string) => {
    const folder = `language/${language}/`;
    const files = sources.filter(({ path }) => path.startsWith(folder) && path !== `${folder}index.ts`);
    return Object.fromEntries(files.map(each => [each.path.slice(folder.length), shapesOf(each)]));
  };
  const english = filesOf("en");
  expect(Object.keys(english).length).toBeGreaterThan(25);
  expect(
    Object.values(english)
      .flatMap(Object.values<string>)
      .filter(shape => shape.includes("without")),
  ).toEqual([]);
  expect(filesOf("de")).toEqual(english);
});
