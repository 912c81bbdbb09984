import { SqlError } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { call, orNull, script, textArray, virtual } from "../statements.ts";
import { expressionSelect, readInputs, readPolicyGrantee, readUsing, writtenText } from "./policy-parts.ts";

/** `CREATE RLS POLICY p [WITH (columns) [[AS] alias]] USING (predicate)` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_RLS_POLICY.html */
export function createRlsPolicy(reader: Reader): Plan {
  reader.expect("create", "rls", "policy");
  const name = reader.name();
  let inputs = { columns: [] as readonly string[], types: [] as readonly string[] };
  let alias: string | null = null;
  if (reader.accept("with")) {
    inputs = readInputs(reader);
    const named = reader.accept("as");
    if (named || !reader.is("using")) alias = reader.name();
  }
  const tokens = readUsing(reader);
  reader.end();
  return script("CREATE RLS POLICY", [
    call(
      "create_rls_policy",
      literal(name),
      orNull(alias ?? undefined),
      textArray(inputs.columns),
      textArray(inputs.types),
      literal(expressionSelect(reader, tokens, inputs, { alias })),
      literal(writtenText(reader, tokens)),
    ),
  ]);
}

/** `ALTER RLS POLICY p USING (predicate)`: columns and alias stay. @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_RLS_POLICY.html */
export function alterRlsPolicy(reader: Reader): Plan {
  reader.expect("alter", "rls", "policy");
  const name = reader.name();
  const tokens = readUsing(reader);
  reader.end();
  return virtual("ALTER RLS POLICY", async (backend) => {
    const { rows } = await backend.query(
      `SELECT * FROM redshift_sandbox.policy_inputs(${literal(name)}, false)`,
    );
    const [alias = null, columns, types] = rows[0] ?? [];
    const inputs = {
      columns: JSON.parse(columns ?? "[]") as string[],
      types: JSON.parse(types ?? "[]") as string[],
    };
    const body = expressionSelect(reader, tokens, inputs, { alias });
    await backend.query(
      call("alter_rls_policy", literal(name), literal(body), literal(writtenText(reader, tokens))),
    );
  });
}

/** `DROP RLS POLICY [IF EXISTS] p [CASCADE | RESTRICT]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_RLS_POLICY.html */
export function dropRlsPolicy(reader: Reader): Plan {
  reader.expect("drop", "rls", "policy");
  const ifExists = reader.accept("if", "exists");
  const name = reader.name();
  const cascade = reader.acceptOneOf("cascade", "restrict") === "cascade";
  reader.end();
  return script("DROP RLS POLICY", [
    call("drop_rls_policy", literal(name), String(ifExists), String(cascade)),
  ]);
}

/** `ATTACH RLS POLICY p ON [TABLE] t, … TO { u | ROLE r | PUBLIC }, …` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ATTACH_RLS_POLICY.html */
export function attachRlsPolicy(reader: Reader): Plan {
  return change(reader, "attach");
}

/** `DETACH RLS POLICY p ON [TABLE] t, … FROM { u | ROLE r | PUBLIC }, …` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DETACH_RLS_POLICY.html */
export function detachRlsPolicy(reader: Reader): Plan {
  return change(reader, "detach");
}

function change(reader: Reader, action: "attach" | "detach"): Plan {
  reader.expect(action, "rls", "policy");
  const name = reader.name();
  reader.expect("on");
  reader.accept("table");
  const relations = reader.list(() => reader.relation().regclass);
  reader.expect(action === "attach" ? "to" : "from");
  const grantees = reader.list(() => readPolicyGrantee(reader));
  reader.end();
  return script(
    `${action.toUpperCase()} RLS POLICY`,
    relations.flatMap((relation) =>
      grantees.map((grantee) => call(`${action}_rls_policy`, literal(name), relation, grantee)),
    ),
  );
}

/** `ROW LEVEL SECURITY { ON | OFF } [CONJUNCTION TYPE { AND | OR }] [FOR DATASHARES]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html */
export function rowLevelSecurity(reader: Reader, relation: Relation): Plan {
  reader.expect("row", "level", "security");
  const state = reader.acceptOneOf("on", "off");
  if (state === undefined) throw reader.error();
  let conjunction: string | undefined;
  if (reader.accept("conjunction", "type")) {
    conjunction = reader.acceptOneOf("and", "or");
    if (conjunction === undefined) throw reader.error();
    if (state === "off") throw new SqlError("42601", "CONJUNCTION TYPE goes with ROW LEVEL SECURITY ON");
  }
  const forDatashares = reader.accept("for", "datashares");
  reader.end();
  const on = String(state === "on");
  return script("ALTER TABLE", [
    call(
      "set_rls",
      relation.regclass,
      forDatashares ? "NULL" : on,
      forDatashares ? on : "NULL",
      orNull(conjunction),
    ),
  ]);
}
