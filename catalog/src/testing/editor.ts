/** Texts that are written into an editor, or into the field that stands for it until its code is there. */
import { EditorView } from "@codemirror/view";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";

function viewOf(label: string): EditorView | null {
  for (const { shadowRoot } of document.querySelectorAll("*")) {
    const content = shadowRoot?.querySelector<HTMLElement>(`.cm-content[aria-label="${label}"]`);
    if (content) return EditorView.findFromDOM(content);
  }
  return null;
}

/** The editor, once its code is there. */
export function editorOf(label: string): Promise<EditorView> {
  return waitFor(() => {
    const view = viewOf(label);
    if (!view) throw new Error(`There is no editor named ${label}`);
    return view;
  });
}

export async function writeText(label: string, text: string): Promise<void> {
  const field = () => screen.queryByRole("textbox", { name: label });
  await waitFor(() => {
    if (!field() && !viewOf(label)) throw new Error(`There is no editor named ${label}`);
  });
  const view = viewOf(label);
  if (view) act(() => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }));
  else fireEvent.change(field() ?? document.body, { target: { value: text } });
}

/** What stands in an editor, or in a field. */
export function textIn(label: string): string {
  const view = viewOf(label);
  if (view) return view.state.doc.toString();
  return screen.getByRole<HTMLTextAreaElement>("textbox", { name: label }).value;
}
