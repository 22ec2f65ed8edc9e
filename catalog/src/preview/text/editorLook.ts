/** How editors of code look, and what they need to live with the page's policy. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Styles in the colours of the page. */
export const LOOK = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--text)", backgroundColor: "transparent", maxHeight: "60vh" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontFeatureSettings: '"calt" 0',
    lineHeight: "21px",
    minHeight: "132px",
    overflow: "auto",
  },
  ".cm-content": { padding: "10px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 14px 0 8px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--text-2)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 12px", minWidth: "36px" },
  ".cm-activeLine": { backgroundColor: "light-dark(rgb(40 30 10 / 3%), rgb(255 255 255 / 3%))" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "light-dark(#c9e4e2, #23514f)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  ".cm-mistake": {
    backgroundColor: "var(--danger-soft)",
    textDecoration: "underline wavy var(--danger)",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface)",
    boxShadow: "var(--shadow-pop)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "12.5px",
    maxHeight: "15em",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", lineHeight: "20px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionDetail": {
    marginLeft: "14px",
    fontFamily: "var(--sans)",
    fontStyle: "normal",
    fontSize: "12px",
    color: "var(--text-2)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
});

export const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--text-2)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--accent)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.link], color: "var(--accent)" },
  { tag: tags.heading, color: "var(--accent)", fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: [tags.monospace, tags.url], color: "var(--good)" },
  { tag: [tags.meta, tags.processingInstruction], color: "var(--text-2)" },
  { tag: tags.standard(tags.name), color: "light-dark(#674a80, #c3a5dd)" },
  { tag: tags.special(tags.name), color: "var(--warn)" },
]);

/**
 * Types over a selection. Browsers would put the selection's look on the new text as an inline style, which the page's
 * policy forbids and reports.
 */
export const overwriting = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data, inputType } = event;
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== "insertText" || !data || empty || view.composing) return false;
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type" });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some(handle => handle(view, from, to, data, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});
