import {
  Bookmark,
  CircleUserRound,
  Database,
  KeyRound,
  Languages,
  LogOut,
  Settings2,
  UserRound,
  Workflow,
} from "lucide-react";
import { useNavigate } from "react-router";
import { useMe } from "@/api/queries";
import { t } from "@/language/en/app";
import { chooseLanguage, currentLanguage, languages } from "@/language/language";
import { QUERIES_PATH } from "@/lib/sql";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";

export function UserMenu() {
  const { data: me } = useMe();
  const navigate = useNavigate();
  return (
    <Menu label={t.account} trigger={<CircleUserRound size={18} />}>
      <MenuLabel>{me ? `${me.current_user} · ${me.email}` : t.signed}</MenuLabel>
      <MenuLine />
      <MenuItem icon={<UserRound size={15} />} onClick={() => void navigate("/account")}>
        {t.account2}
      </MenuItem>
      <MenuItem icon={<KeyRound size={15} />} onClick={() => void navigate("/code")}>
        {t.codeCommandLine}
      </MenuItem>
      <MenuItem icon={<Bookmark size={15} />} onClick={() => void navigate("/bookmarks")}>
        {t.bookmarks}
      </MenuItem>
      <MenuItem icon={<Database size={15} />} onClick={() => void navigate(QUERIES_PATH)}>
        {t.queries}
      </MenuItem>
      <MenuItem icon={<Workflow size={15} />} onClick={() => void navigate("/jobs")}>
        {t.jobs}
      </MenuItem>
      {me?.is_staff && (
        <MenuItem icon={<Settings2 size={15} />} onClick={() => void navigate("/admin")}>
          {t.administration}
        </MenuItem>
      )}
      <MenuLine />
      {languages
        .filter(([language]) => language !== currentLanguage())
        .map(([language, name]) => (
          <MenuItem key={language} icon={<Languages size={15} />} onClick={() => chooseLanguage(language)}>
            <span lang={language}>{name}</span>
          </MenuItem>
        ))}
      <MenuLine />
      <MenuItem icon={<LogOut size={15} />} onClick={() => void navigate("/signout")}>
        {t.signOut}
      </MenuItem>
    </Menu>
  );
}
