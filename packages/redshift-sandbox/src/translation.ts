import { copyPlan } from "./copy/copy-plan.ts";
import type { LongNames } from "./long-names.ts";
import type { Services } from "./services.ts";
import type { Plan } from "./sql/plan.ts";
import { virtual } from "./sql/statements.ts";
import { createTranslator } from "./sql/translator.ts";
import type { Translator } from "./sql/translator.ts";
import { unloadPlan } from "./unload/unload-plan.ts";

/** Makes the translator of a sandbox: the SQL side, with COPY and UNLOAD, and with long names written down before they are used. */
export async function createTranslation(services: Services, longNames: LongNames): Promise<Translator> {
  const translator = await createTranslator({
    virtual: {
      copy: (tokens, text, context) => copyPlan(tokens, text, context, services),
      unload: (tokens, text, context, tools) =>
        unloadPlan(tokens, text, context, services, tools.translateQuery),
    },
    onLongName: (short, full) => longNames.add(short, full),
  });
  return {
    split: (text) => translator.split(text),
    translate: (text, context) => {
      const plan = translator.translate(text, context);
      const saving = longNames.save(context.database);
      return saving === undefined ? plan : after(saving, plan);
    },
  };
}

/** DDL waits until the names are written; a query shows them without the catalog's help, so it does not. */
function after(saving: Promise<void>, plan: Plan): Plan {
  // Awaited only when the statement runs: until then a failure must not count as unhandled.
  saving.catch(() => undefined);
  if (plan.kind === "pass") {
    const tag = /^(?:(?:CREATE|ALTER|DROP) (?:OR REPLACE )?[A-Z]+|COMMENT)/
      .exec(plan.sql)?.[0]
      .replace("OR REPLACE ", "");
    if (tag !== undefined) {
      return virtual(tag, async (backend) => {
        await saving;
        await backend.query(plan.sql);
      });
    }
    saving.catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)));
    return plan;
  }
  return {
    ...plan,
    run: async (backend) => {
      await saving;
      return plan.run(backend);
    },
  };
}
