import { SqlError, notImitated } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Token } from "../lexer.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { call, script, textArray, virtual } from "../statements.ts";
import { expressionSelect, readInputs, readPolicyGrantee, readUsing, writtenText } from "./policy-parts.ts";

/**
 * `CREATE MASKING POLICY [IF NOT EXISTS] p WITH (columns) USING (expressions)`: kept and shown; a table is not read through one.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_MASKING_POLICY.html
 */
export function createMaskingPolicy(reader: Reader): Plan {
  reader.expect("create", "masking", "policy");
  const ifNotExists = reader.accept("if", "not", "exists");
  const name = reader.name();
  reader.expect("with");
  const inputs = readInputs(reader);
  const tokens = readUsing(reader);
  reader.end();
  // PostgreSQL plans it over NULLs and says what is wrong with it.
  const select = expressionSelect(reader, tokens, inputs, { alias: null, nulls: true });
  return virtual("CREATE MASKING POLICY", async (backend) => {
    await checkMask(backend, tokens, `${select} LIMIT 0`, inputs.types);
    await backend.query(
      call(
        "create_masking_policy",
        literal(name),
        String(ifNotExists),
        textArray(inputs.columns),
        textArray(inputs.types),
        literal(writtenText(reader, tokens)),
      ),
    );
  });
}

/**
 * A mask is of the type of what it masks: a constant must be cast. Of one with several columns only attaching tells which it masks.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_MASKING_POLICY.html
 */
async function checkMask(
  backend: Backend,
  tokens: readonly Token[],
  select: string,
  types: readonly string[],
): Promise<void> {
  const [output] = (await backend.query(select)).columns;
  if (types.length !== 1) return;
  const { rows } =
    await backend.query(`SELECT m.typcategory = i.typcategory FROM pg_catalog.pg_type m, pg_catalog.pg_type i
    WHERE m.oid = ${output?.oid ?? 0} AND i.oid = '${types[0] ?? ""}'::pg_catalog.regtype`);
  const isBareString = tokens.length === 1 && tokens[0]?.kind === "string";
  if (rows[0]?.[0] === "f" || isBareString)
    throw new SqlError("42804", `the masking expression must be of type ${types[0] ?? ""}`, {
      hint: "Cast a constant to the type of the column.",
    });
}

/** `ALTER MASKING POLICY p USING (expressions)` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_MASKING_POLICY.html */
export function alterMaskingPolicy(reader: Reader): Plan {
  reader.expect("alter", "masking", "policy");
  const name = reader.name();
  const tokens = readUsing(reader);
  reader.end();
  return virtual("ALTER MASKING POLICY", async (backend) => {
    const { rows } = await backend.query(
      `SELECT columns, types FROM redshift_sandbox.policy_inputs(${literal(name)}, true)`,
    );
    const inputs = {
      columns: JSON.parse(rows[0]?.[0] ?? "[]") as string[],
      types: JSON.parse(rows[0]?.[1] ?? "[]") as string[],
    };
    // A policy that is not there is named by the call, not by its missing columns.
    if (rows.length > 0)
      await checkMask(
        backend,
        tokens,
        `${expressionSelect(reader, tokens, inputs, { alias: null, nulls: true })} LIMIT 0`,
        inputs.types,
      );
    await backend.query(call("alter_masking_policy", literal(name), literal(writtenText(reader, tokens))));
  });
}

/** `DROP MASKING POLICY [IF EXISTS] p` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_MASKING_POLICY.html */
export function dropMaskingPolicy(reader: Reader): Plan {
  reader.expect("drop", "masking", "policy");
  const ifExists = reader.accept("if", "exists");
  const name = reader.name();
  reader.end();
  return script("DROP MASKING POLICY", [call("drop_masking_policy", literal(name), String(ifExists))]);
}

/**
 * `ATTACH MASKING POLICY p ON t (columns) [USING (columns)] TO { u | ROLE r | PUBLIC } [PRIORITY n]`
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_ATTACH_MASKING_POLICY.html
 */
export function attachMaskingPolicy(reader: Reader): Plan {
  reader.expect("attach", "masking", "policy");
  const name = reader.name();
  reader.expect("on");
  const { regclass } = reader.relation();
  const outputs = readColumnNames(reader);
  const inputs = reader.accept("using") ? readColumnNames(reader) : outputs;
  reader.expect("to");
  const grantee = readPolicyGrantee(reader);
  const priority = reader.accept("priority") ? reader.integer() : 0;
  reader.end();
  if (priority < 0) throw new SqlError("22023", `invalid priority: ${priority}`);
  return script("ATTACH MASKING POLICY", [
    call(
      "attach_masking_policy",
      literal(name),
      regclass,
      textArray(outputs),
      textArray(inputs),
      grantee,
      String(priority),
    ),
  ]);
}

/** `DETACH MASKING POLICY p ON t (columns) FROM { u | ROLE r | PUBLIC }` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DETACH_MASKING_POLICY.html */
export function detachMaskingPolicy(reader: Reader): Plan {
  reader.expect("detach", "masking", "policy");
  const name = reader.name();
  reader.expect("on");
  const { regclass } = reader.relation();
  const outputs = readColumnNames(reader);
  reader.expect("from");
  const grantee = readPolicyGrantee(reader);
  reader.end();
  return script("DETACH MASKING POLICY", [
    call("detach_masking_policy", literal(name), regclass, textArray(outputs), grantee),
  ]);
}

function readColumnNames(reader: Reader): string[] {
  const names = reader.nameList();
  if (reader.isMark(".")) throw notImitated("masking policies on paths in SUPER columns", reader.position());
  return names;
}
