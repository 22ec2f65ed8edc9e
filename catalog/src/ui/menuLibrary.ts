/** The parts of menus that bring their library with them: fetched when somebody is about to open one. */
import { Menu } from "@base-ui/react/menu";

export const Root = Menu.Root;
export const Trigger = Menu.Trigger;
export const Portal = Menu.Portal;
export const Positioner = Menu.Positioner;
export const Popup = Menu.Popup;
export const Item = Menu.Item;
