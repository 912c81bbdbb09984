import { nearestName } from "./catalog/nearest-name.ts";
import { OptionsError } from "./errors.ts";
import { option, wording, type Wording } from "./wording.ts";

/** What the facade's methods take besides a builder's own options. */
const everywhere = ["schema", "execute", "signal"];

/**
 * Refuses options that would otherwise be ignored, which for a copy may mean lost rows.
 * @param known - what the method does
 * @param otherwise - what to do with a name that is like none of these
 * @throws OptionsError that names the option
 */
export function checkOptionNames(
  method: string,
  options: object,
  known: readonly string[],
  otherwise: Wording = "leave it out.",
): void {
  for (const [name, value] of Object.entries(options)) {
    // What is switched off may be ignored.
    if (value === undefined || value === false) continue;
    if (known.includes(name) || everywhere.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new OptionsError(
      wording`${option(method)} has no option ${option(name)}; ${nearest === undefined ? otherwise : wording`did you mean ${option(nearest)}?`}`,
    );
  }
}
