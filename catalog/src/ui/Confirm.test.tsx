import { QueryClient, QueryClientProvider, useMutation } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { RequestError } from "@/lib/errors";
import { ConfirmButton } from "./Confirm";

function Page({ remove, done }: { remove: () => Promise<void>; done?: () => void }) {
  const action = useMutation({ mutationFn: remove });
  return (
    <ConfirmButton
      label="Delete"
      title="Delete it?"
      about="It is gone then."
      action={action}
      {...(done ? { done } : {})}
    />
  );
}

async function asked(remove: () => Promise<void>, done?: () => void) {
  const user = userEvent.setup();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Page remove={remove} {...(done ? { done } : {})} />
    </QueryClientProvider>,
  );
  await user.click(screen.getByRole("button", { name: "Delete" }));
  const dialog = screen.getByRole("dialog", { name: "Delete it?" });
  const confirm = () => {
    const button = dialog.querySelector<HTMLElement>("button[type=submit]");
    return button ? user.click(button) : undefined;
  };
  return { user, confirm };
}

test("nothing is done before somebody confirms", async () => {
  const remove = vi.fn(() => Promise.resolve());
  const { user } = await asked(remove);
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(remove).not.toHaveBeenCalled();
});

test("once it is done the dialog closes", async () => {
  const [remove, done] = [vi.fn(() => Promise.resolve()), vi.fn()];
  const { confirm } = await asked(remove, done);
  await confirm();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(remove).toHaveBeenCalledOnce();
  expect(done).toHaveBeenCalledOnce();
});

test("a failure is shown, and the dialog stays", async () => {
  const done = vi.fn();
  const refusal = new RequestError({ status: 409, trouble: "conflict", message: "Somebody has it." });
  const { confirm } = await asked(() => Promise.reject(refusal), done);
  await confirm();
  expect((await screen.findByRole("alert")).textContent).toBe("Somebody has it.");
  expect(done).not.toHaveBeenCalled();
});
