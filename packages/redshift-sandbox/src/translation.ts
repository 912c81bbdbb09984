import { copyPlan } from "./copy/copy-plan.ts";
import type { LongNames } from "./long-names.ts";
import type { Services } from "./services.ts";
import { collationsChecked } from "./sql/collations.ts";
import type { Plan } from "./sql/plan.ts";
import { switched } from "./sql/switched.ts";
import { createTranslator } from "./sql/translator.ts";
import type { Translator } from "./sql/translator.ts";
import { unloadPlan } from "./unload/unload-plan.ts";

/**
 * Makes the translator of a sandbox: the SQL side, with COPY and UNLOAD, and with long names written down before they are used.
 * @param filled whether there may be case-insensitive columns and SUPER values from the start
 */
export async function createTranslation(
  services: Services,
  longNames: LongNames,
  filled: boolean,
): Promise<Translator> {
  const translator = await createTranslator({
    virtual: {
      copy: (tokens, text, context) => copyPlan(tokens, text, context, services),
      unload: (tokens, text, context, tools) =>
        unloadPlan(tokens, text, context, services, tools.translateQuery),
    },
    onLongName: (short, full) => longNames.add(short, full),
  });
  let folding = filled;
  let supers = filled;
  return {
    split: (text) => translator.split(text),
    translate: (text, context) => {
      folding ||= /case_insensitive/i.test(text);
      supers ||= makesSupers.test(text);
      const translated = translator.translate(text, context);
      const asking = supers ? translated : withoutSupers(translated);
      const plan = switched(folding ? collationsChecked(asking) : asking, services.switches);
      const saving = longNames.save(context.database);
      return saving === undefined ? plan : after(saving, plan);
    },
  };
}

/** Every SUPER value begins in a statement that names the type or a function that gives it. */
const makesSupers = /super|json|array|object/i;

/** To ask the catalog for SUPER columns costs several times what a short INSERT does. */
function withoutSupers(plan: Plan): Plan {
  if (plan.kind !== "pass" || plan.lookup?.onlySupers !== true) return plan;
  return { kind: plan.kind, sql: plan.sql };
}

/** Whether a statement that PostgreSQL takes as it is may give something a name: CREATE, ALTER … RENAME, SELECT … INTO. */
function creates(sql: string): boolean {
  if (/^\s*(?:create|alter)\b/i.test(sql)) return true;
  return /^\s*(?:select|with)\b/i.test(sql) && /\binto\b/i.test(sql) && !/\binsert\b|\$\d/i.test(sql);
}

/**
 * What may make something of that name waits until the name is written, so that no catalog ever shows the short form; a query does
 * not. It happens once for each name.
 */
function after(saving: Promise<void>, plan: Plan): Plan {
  // Awaited only when the plan runs: until then a failure must not count as unhandled.
  saving.catch((error: unknown) => {
    if (plan.kind === "pass") process.emitWarning(error instanceof Error ? error : String(error));
  });
  if (plan.kind === "pass") {
    return creates(plan.sql) ? waiting(saving, plan.sql) : plan;
  }
  return {
    ...plan,
    run: async (backend) => {
      await saving;
      return plan.run(backend);
    },
  };
}

function waiting(saving: Promise<void>, sql: string): Plan {
  const [, verb, kind = ""] = /^\s*(create|alter)(?:\s+temporary)?\s+(\w+)/i.exec(sql) ?? [];
  return {
    kind: "virtual",
    tag: verb === undefined ? "SELECT" : `${verb} ${kind}`.toUpperCase(),
    transaction: "joins",
    run: async (backend) => {
      await saving;
      await backend.query(sql);
      return undefined;
    },
  };
}
