import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { RequestError } from "@/lib/errors";
import { Button } from "./Button";
import { Field } from "./Field";
import { FormDialog, type FormAction } from "./FormDialog";
import { lossBetween } from "./useLeaveGuard";

const IDLE: FormAction = { isPending: false, error: null };

function Page({
  action = IDLE,
  disabled = false,
  onSubmit,
}: {
  action?: FormAction;
  disabled?: boolean;
  onSubmit: () => void;
}) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  return (
    <>
      <Button onClick={() => setOpen(true)}>Rename</Button>
      {open && (
        <FormDialog
          title="Rename it"
          about="The old name is free again."
          submit="Save"
          disabled={disabled}
          action={action}
          onSubmit={onSubmit}
          onClose={() => setOpen(false)}
        >
          <Field label="Name" value={name} onChange={event => setName(event.target.value)} />
        </FormDialog>
      )}
    </>
  );
}

async function opened(page: React.ReactNode) {
  const user = userEvent.setup();
  render(page);
  await user.click(screen.getByRole("button", { name: "Rename" }));
  return user;
}

test("Enter in a field sends the form", async () => {
  const sent = vi.fn();
  const user = await opened(<Page onSubmit={sent} />);
  expect(screen.getByRole("dialog", { name: "Rename it" }).textContent).toContain(
    "The old name is free again.",
  );
  await user.type(screen.getByLabelText("Name"), "wine{Enter}");
  expect(sent).toHaveBeenCalledOnce();
});

test.each([
  ["while it is being sent", { action: { isPending: true, error: null } }],
  ["while it may not be sent", { disabled: true }],
])("the form is not sent %s", async (_, props) => {
  const sent = vi.fn();
  const user = await opened(<Page onSubmit={sent} {...props} />);
  await user.type(screen.getByLabelText("Name"), "wine{Enter}");
  expect(sent).not.toHaveBeenCalled();
  expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
});

test("what is refused before it is sent is not left without asking", async () => {
  const user = await opened(<Page onSubmit={vi.fn()} />);
  const at = (pathname: string) => ({ pathname, search: "", hash: "", state: null, key: "" });
  const loss = () => lossBetween(at("/here"), at("/there"));
  await user.type(screen.getByLabelText("Name"), "wine{Enter}");
  await waitFor(() => expect(loss()).toBe("text"));
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(loss()).toBeNull());
});

test("the values stay as they are while they are being sent", async () => {
  const action = { isPending: true, error: null };
  const user = await opened(<Page onSubmit={vi.fn()} action={action} />);
  await user.type(screen.getByLabelText("Name"), "late");
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("");
});

test("why it failed stands in the dialog", async () => {
  const error = new RequestError({ status: 409, trouble: "conflict", message: "The name is taken." });
  await opened(<Page onSubmit={vi.fn()} action={{ isPending: false, error }} />);
  expect(screen.getByRole("alert").textContent).toBe("The name is taken.");
});

test.each(["{Escape}", "Cancel"])("%s closes it, and the focus returns", async how => {
  const user = await opened(<Page onSubmit={vi.fn()} />);
  if (how === "Cancel") await user.click(screen.getByRole("button", { name: "Cancel" }));
  else await user.keyboard(how);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(document.activeElement?.textContent).toBe("Rename"));
});
