import { SqlError } from "../../errors.ts";
import { guardMerge } from "../guard.ts";
import { withStringsBesideIn } from "../lookup/beside-super.ts";
import { refuseCollationConflicts } from "../lookup/collation-conflict.ts";
import { inTransaction, withStrings } from "../lookup/lookup.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { render } from "../render.ts";
import { call, scripted } from "../statements.ts";
import { isSystem } from "../system-relations.ts";

/**
 * `MERGE INTO t USING s [[AS] alias] ON condition WHEN MATCHED THEN … WHEN NOT MATCHED THEN …`, which PostgreSQL runs, or
 * `… ON condition REMOVE DUPLICATES`: rows of `t` that match are replaced by the one row of `s` that they match, and the rest of `s` is inserted.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
 */
export function merge(reader: Reader): Plan {
  reader.expect("merge", "into");
  const target = reader.relation();
  if (isSystem(target.schema, target.name))
    throw new SqlError("42501", `permission denied for relation ${target.label}`);
  reader.expect("using");
  const source = reader.relation();
  const alias = reader.accept("as") || !reader.is("on") ? reader.name() : undefined;
  reader.expect("on");

  const { tokens } = reader;
  const simplified = ["remove", "duplicates"].every((word, index) => {
    const token = tokens[tokens.length - 2 + index];
    return token?.kind === "word" && token.value === word;
  });
  const text = render(
    { text: reader.text, context: reader.context, names: reader.names },
    simplified ? tokens.slice(0, -2) : tokens,
  );
  const statement = simplified
    ? `${text} WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (NULL)`
    : text;
  guardMerge(statement, reader.context.edition, { target: target.name, source: source.name, alias });

  const check = call("check_merge", target.regclass, source.regclass, String(simplified));
  const statements = simplified
    ? [
        check,
        `${text} WHEN MATCHED THEN DELETE`,
        // Each row of the source takes the place of those that matched it, or is new.
        `INSERT INTO ${target.sql} SELECT * FROM ${source.sql}`,
      ]
    : [check, text];
  return scripted("MERGE", statements, async (backend) => {
    const ask = async (question: string): Promise<readonly (string | null)[] | undefined> =>
      (await backend.query(question)).rows[0];
    const session = inTransaction(backend);
    const merging = simplified
      ? `${text} WHEN MATCHED THEN DELETE`
      : await withStringsBesideIn(await withStrings(text, ask), session);
    await refuseCollationConflicts(merging, { prefixLength: 0 }, session);
    await run(backend, simplified ? statements : [check, merging]);
  });
}

async function run(backend: Backend, statements: readonly string[]): Promise<void> {
  try {
    await backend.query(statements.join(";\n"));
  } catch (error) {
    if (!(error instanceof SqlError) || error.sqlstate !== "21000") throw error;
    // The SQLSTATE stays PostgreSQL's: AWS shows the text only.
    throw new SqlError("21000", "Found multiple matches to update the same tuple.");
  }
}
