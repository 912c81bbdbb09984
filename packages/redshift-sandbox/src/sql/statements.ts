import { SqlError } from "../errors.ts";
import { literal } from "./names.ts";
import type {
  Backend,
  Column,
  Lookup,
  LookupSession,
  PassPlan,
  QueryPlace,
  TransactionRule,
  VirtualPlan,
} from "./plan.ts";
import { isOfRolesAlone, roleWords } from "./role-words.ts";

/** A statement for PostgreSQL as it is. */
export function pass(sql: string): PassPlan {
  return { kind: "pass", sql };
}

/** A query for PostgreSQL, or a statement that holds one. */
export function passQuery(sql: string, query: QueryPlace, lookup: Lookup | undefined): PassPlan {
  return { ...pass(sql), query, ...(lookup === undefined ? {} : { lookup }) };
}

/**
 * The plan with more to ask before it runs, whoever the user is.
 * @param text gives what to run; `found` is what the plan's own lookup makes of it
 */
export function asking(
  plan: PassPlan,
  text: (session: LookupSession, found: () => Promise<string>) => Promise<string>,
): PassPlan {
  return {
    ...plan,
    lookup: {
      always: true,
      onlySupers: false,
      text: (session) =>
        text(session, async () => (plan.lookup === undefined ? plan.sql : plan.lookup.text(session))),
    },
  };
}

/** A statement that the sandbox runs. */
export function virtual(
  tag: string,
  run: (backend: Backend) => Promise<string | void>,
  more: { readonly transaction?: TransactionRule; readonly columns?: readonly Column[] } = {},
): VirtualPlan {
  return {
    kind: "virtual",
    tag,
    transaction: more.transaction ?? "joins",
    ...(more.columns === undefined ? {} : { columns: more.columns }),
    run: async (backend) => (await run(backend)) ?? undefined,
  };
}

/** A virtual statement that is nothing but these, in order. */
export function script(
  tag: string,
  statements: readonly string[],
  transaction: TransactionRule = "joins",
): ScriptPlan {
  const run = async (backend: Backend): Promise<void> => {
    await backend.query(statements.join(";\n"));
  };
  return scripted(tag, statements, run, transaction);
}

/** A virtual plan that does more than run `statements`, which are what it mostly does. */
export function scripted(
  tag: string,
  statements: readonly string[],
  run: (backend: Backend) => Promise<void>,
  transaction: TransactionRule = "joins",
): ScriptPlan {
  const plan = virtual(tag, (backend) => asUsersAndGroups(() => run(backend)), { transaction });
  return { ...plan, statements };
}

/** A virtual plan whose statements are known beforehand, which is what its tests compare. */
export interface ScriptPlan extends VirtualPlan {
  readonly statements: readonly string[];
}

/** Runs `work` and words PostgreSQL's errors about roles as Redshift does. */
export async function asUsersAndGroups<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError) || !error.message.includes("role")) throw error;
    throw new SqlError(error.sqlstate, roleWords(error.message), {
      ...(error.detail === undefined || isOfRolesAlone(error.detail)
        ? {}
        : { detail: roleWords(error.detail) }),
      ...(error.hint === undefined ? {} : { hint: roleWords(error.hint) }),
      ...(error.position === undefined ? {} : { position: error.position }),
    });
  }
}

/** `SELECT redshift_sandbox.fn(…)` */
export function call(name: string, ...args: readonly string[]): string {
  return `SELECT redshift_sandbox.${name}(${args.join(", ")})`;
}

/** `ARRAY[…]::text[]` */
export function textArray(values: readonly string[]): string {
  return `ARRAY[${values.map(literal).join(", ")}]::text[]`;
}

/** A literal, or NULL. */
export function orNull(value: string | undefined): string {
  return value === undefined ? "NULL" : literal(value);
}
