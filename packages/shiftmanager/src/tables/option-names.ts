import { nearestName } from "../catalog/nearest-name.ts";
import { OptionsError } from "../errors.ts";
import { option, wording } from "../wording.ts";

/** What the facade's methods take besides a builder's own options. */
const everywhere = ["schema", "execute", "signal"];

/**
 * Refuses options that would otherwise be ignored, which for a copy may mean lost rows.
 * @param known - what the method does
 * @throws OptionsError that names the option
 */
export function checkOptionNames(method: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    // What is switched off may be ignored.
    if (value === undefined || value === false) continue;
    if (known.includes(name) || everywhere.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new OptionsError(
      wording`${option(method)} has no option ${option(name)}; ${nearest === undefined ? "leave it out." : wording`did you mean ${option(nearest)}?`}`,
    );
  }
}
