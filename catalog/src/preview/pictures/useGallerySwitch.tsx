import type { ReactNode } from "react";
import { t } from "@/language/en/preview/gallery";
import { useQueryParams } from "@/lib/params";
import { Switch } from "@/ui/Switch";

const PARAMETER = "view";
const GALLERY = "gallery";

/** A folder as a list or as its pictures; the address keeps which. Where there are no pictures, there is no choice. */
export function useGallerySwitch(hasPictures: boolean): { isOn: boolean; choice: ReactNode } {
  const [params, go] = useQueryParams();
  const isOn = params.get(PARAMETER) === GALLERY;
  const choose = (view: "list" | typeof GALLERY) => {
    const to = new URLSearchParams(params);
    if (view === GALLERY) to.set(PARAMETER, GALLERY);
    else to.delete(PARAMETER);
    go(to);
  };
  return {
    isOn,
    choice: (hasPictures || isOn) && (
      <Switch
        label={t.showFolder}
        options={[
          ["list", t.list],
          [GALLERY, t.gallery],
        ]}
        value={isOn ? GALLERY : "list"}
        onChange={choose}
      />
    ),
  };
}
