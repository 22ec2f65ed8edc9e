import {
  Bookmark,
  CircleUserRound,
  Database,
  KeyRound,
  LogOut,
  Settings2,
  UserRound,
  Workflow,
} from "lucide-react";
import { useNavigate } from "react-router";
import { useMe } from "@/api/queries";
import { QUERIES_PATH } from "@/lib/sql";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";

export function UserMenu() {
  const { data: me } = useMe();
  const navigate = useNavigate();
  return (
    <Menu label="Account" trigger={<CircleUserRound size={18} />}>
      <MenuLabel>{me ? `${me.current_user} · ${me.email}` : "Signed in"}</MenuLabel>
      <MenuLine />
      <MenuItem icon={<UserRound size={15} />} onClick={() => void navigate("/account")}>
        Your account
      </MenuItem>
      <MenuItem icon={<KeyRound size={15} />} onClick={() => void navigate("/code")}>
        Code for the command line
      </MenuItem>
      <MenuItem icon={<Bookmark size={15} />} onClick={() => void navigate("/bookmarks")}>
        Bookmarks
      </MenuItem>
      <MenuItem icon={<Database size={15} />} onClick={() => void navigate(QUERIES_PATH)}>
        Queries
      </MenuItem>
      <MenuItem icon={<Workflow size={15} />} onClick={() => void navigate("/jobs")}>
        Jobs
      </MenuItem>
      {me?.is_staff && (
        <MenuItem icon={<Settings2 size={15} />} onClick={() => void navigate("/admin")}>
          Administration
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={<LogOut size={15} />} onClick={() => void navigate("/signout")}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
