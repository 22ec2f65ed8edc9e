/** Holds answers back until a test lets them go. */
export function gate(): { passed: Promise<void>; open: () => void } {
  const opened: (() => void)[] = [];
  const passed = new Promise<void>(resolve => {
    opened.push(resolve);
  });
  return { passed, open: () => opened.forEach(each => each()) };
}
