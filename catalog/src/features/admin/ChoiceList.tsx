import type { ReactNode } from "react";
import { Check } from "@/ui/Field";
import styles from "./ChoiceList.module.css";

/** Several of many: a scrolling list of check boxes; `beside`: what stands at the end of a line. */
export function ChoiceList<Choice>({
  label,
  choices,
  id,
  name,
  chosen,
  onChange,
  beside,
}: {
  label: string;
  choices: readonly Choice[];
  id: (choice: Choice) => string;
  name: (choice: Choice) => string;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  beside?: (choice: Choice) => ReactNode;
}) {
  return (
    <ul className={styles.choices} aria-label={label}>
      {choices.map(choice => {
        const own = id(choice);
        return (
          <li key={own}>
            <Check
              label={name(choice)}
              checked={chosen.includes(own)}
              onChange={on => onChange(on ? [...chosen, own] : chosen.filter(each => each !== own))}
            />
            {beside?.(choice)}
          </li>
        );
      })}
    </ul>
  );
}
